import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Write } from '../store/write.ts';
import { createEnrolledStates } from './enrolled-states.ts';

const state = (stateId: string, hostId: string) => ({ stateId, hostId, secretHash: 's', enrolmentId: 'e' });

test('a host keeps its last state, and a failed turn gives the earlier one back', () => {
  const undos: (() => void)[] = [];
  const writes: Write[] = [];
  const ledger = {
    also(write: Write, undo = () => {}) {
      writes.push(write);
      undos.push(undo);
    },
  };
  const states = createEnrolledStates({ ledger, isThere: () => true, stored: [state('old', 'web1')] });
  states.keep(state('new', 'web1'));
  assert.equal(writes, [{ type: 'host_enrolled', state: state('new', 'web1') }]);
  assert.is(states.of('old'), null);
  assert.is(states.ofHost('web1')?.stateId, 'new');
  for (const undo of undos) undo();
  assert.is(states.of('new'), null);
  assert.is(states.of('old')?.hostId, 'web1');
  assert.is(states.ofHost('web1')?.stateId, 'old');
});

test("a removed host's state belongs to no host", () => {
  const ledger = { also() {} };
  const states = createEnrolledStates({ ledger, isThere: (id) => id !== 'web1', stored: [state('a', 'web1')] });
  assert.is(states.of('a'), null);
  assert.is(states.ofHost('web1'), null);
});

test.run();
