import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isDue, type PolicyFacts, type PolicyRollout, stepOf } from './policy.ts';

const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)];
const facts = (known: Partial<PolicyFacts>): PolicyFacts => ({
  target: null,
  dealtWith: null,
  dueAt: null,
  now: 1_000,
  active: null,
  ...known,
});

test('a run is due for a commit that is not handled yet, and at a set time', () => {
  assert.is(isDue(facts({ target: OLD, dealtWith: OLD }), 'target'), false);
  assert.is(isDue(facts({ target: NEW, dealtWith: OLD }), 'target'), true);
  assert.is(isDue(facts({ target: null, dealtWith: OLD }), 'target'), false, 'nobody knows where it is');
  assert.is(isDue(facts({ dueAt: 1_000 }), 'cron'), true);
  assert.is(isDue(facts({ dueAt: 1_001 }), 'cron'), false);
  assert.is(isDue(facts({ target: NEW, dealtWith: OLD }), 'cron'), false);
});

const active = (status: PolicyRollout['status'], reason: PolicyRollout['reason'] = null): PolicyRollout => ({
  id: 'r1',
  status,
  reason,
  commit: OLD,
});

const STEPS: [string, PolicyRollout, 'gives way' | 'stays'][] = [
  ['one that waits for its approval', active('AWAITING_APPROVAL', 'approval'), 'gives way'],
  ['one that failures paused', active('PAUSED', 'failures'), 'gives way'],
  ['one that its gate paused', active('PAUSED', 'gate'), 'gives way'],
  ['one that a person paused', active('PAUSED', 'person'), 'stays'],
  ['one of which no host was proven', active('PAUSED', 'hosts_offline'), 'stays'],
  ['one that runs', active('RUNNING'), 'stays'],
  ['one that waits for its window', active('RUNNING', 'window'), 'stays'],
];
for (const [name, rollout, end] of STEPS)
  test(`${name} ${end} when a newer commit comes`, () => {
    const step = stepOf({ active: rollout, target: NEW });
    assert.equal(step.kind === 'begin' ? step.supersedes : step.kind, end === 'stays' ? 'wait' : 'r1');
    assert.is(stepOf({ active: rollout, target: OLD }).kind, 'wait', 'the same commit supersedes nothing');
  });

test.run();
