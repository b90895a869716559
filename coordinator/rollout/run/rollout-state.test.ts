import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rolloutOf } from '../fixtures/scenario.ts';
import { type CommandEnd, newHostRow } from '../record.ts';
import { createRolloutState } from './rollout-state.ts';

/** A two-step rollout's host with these commands, one a step. */
function stateOf(...ends: Pick<CommandEnd, 'status' | 'code'>[]) {
  const commands = ends.map((end, index) => ({ id: `c${index}`, cancelled: null, ...end }));
  const turns = commands.map(({ id }, step) => ({ attempt: 0, step, commandId: id, withdrawn: false }));
  const record = rolloutOf({}, { steps: [{ op: 'pull' }, { op: 'switch' }] });
  return createRolloutState({ record, hosts: [{ ...newHostRow('h0', 'h0', 0), turns }], commands }, () => true);
}

const CURRENT = { status: 'BLOCKED', code: 'already_current' } as const;
const SUCCESS = { status: 'SUCCESS', code: null } as const;

test('a host was current only if no step found anything to do', () => {
  assert.is(stateOf(CURRENT, CURRENT).wasCurrent('h0'), true);
  assert.is(stateOf(SUCCESS, CURRENT).wasCurrent('h0'), false, 'it pulled: the soak watches it');
  assert.is(stateOf(CURRENT, SUCCESS).wasCurrent('h0'), false);
  assert.is(stateOf().wasCurrent('h0'), false);
});

test('counts follow a command at once', () => {
  const state = stateOf(SUCCESS, { status: 'EXECUTING', code: null });
  assert.is(state.counts().running, 1);
  state.putCommand({ id: 'c1', cancelled: null, ...SUCCESS });
  assert.equal([state.counts().running, state.counts().proven], [0, 1]);
});

test.run();
