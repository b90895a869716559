import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../../shared/model/command.ts';
import { createTimes } from '../terminal/times.ts';
import { describe } from './describe.ts';

const NOON = Date.UTC(2026, 4, 4, 12);
const MINUTE = 60_000;

const NONE = {
  op: 'switch',
  code: null,
  message: null,
  verdict: null,
  kill: null,
  progress: null,
  timeoutStatus: 'NORMAL',
  targetCommandId: null,
  exitCode: null,
  signal: null,
  evidence: null,
  queuedUntil: null,
  reconnectBy: null,
  createdAt: NOON,
  dispatchedAt: NOON,
  acceptedAt: null,
  startedAt: null,
  exitedAt: null,
  finishedAt: null,
};
const said = (known: Partial<Command>, now = NOON + MINUTE) =>
  describe({ ...NONE, ...known } as Command, { now, times: createTimes({ utc: true }), host: 'web1' });

test("a command's run time is its host's span, however far the host's clock is off, without later waits", () => {
  const off = NOON - 10 * MINUTE;
  const ran = { acceptedAt: NOON + 100, startedAt: off, exitedAt: off + 4_000, finishedAt: NOON + 33_000 };
  assert.is(said({ status: 'SUCCESS', ...ran }), '0:04');
  assert.is(said({ status: 'EXECUTING', acceptedAt: NOON, startedAt: off }), '1:00');
});

test('a command that never ran has waited, and has no span once it ended', () => {
  assert.is(said({ status: 'PENDING' }), 'sent 1:00 ago');
  assert.is(said({ status: 'PENDING', timeoutStatus: 'TIMED_OUT' }), 'TIMED_OUT not accepted for 1:00');
  assert.is(said({ status: 'LOST', code: 'state_lost', message: 'gone', finishedAt: NOON }), 'state_lost: gone');
});

test('a guarded command says whether it is kept, and by whom', () => {
  const guarded = (more: Partial<Command>) =>
    said({ status: 'AWAITING_RECONNECT', startedAt: NOON, exitedAt: NOON, evidence: { guarded: true }, ...more });
  const decision = (word: 'keep' | 'undo') => ({ word, actor: 'admin', at: NOON });
  assert.match(guarded({}), /waits for the agent, else goes back by itself/);
  assert.match(guarded({ decision: decision('undo') }), /is being undone/);
  assert.match(guarded({ decision: decision('keep') }), /is kept once the agent is there/);
  assert.match(
    guarded({ evidence: { guarded: true, failure: { code: 'activation_failed', message: '' } } }),
    /is being undone/,
  );
  assert.match(guarded({ status: 'AWAITING_POST_CHECK', decision: decision('keep') }), /is being kept/);
  assert.match(guarded({ evidence: {} }), /waits for the agent/);
});

test('a time of another day is said with its date', () => {
  const until = (queuedUntil: number) => said({ status: 'QUEUED', message: 'offline', queuedUntil });
  assert.is(until(NOON + 60 * MINUTE), 'offline; waits until 13:00 UTC');
  assert.is(until(NOON + 24 * 60 * MINUTE), 'offline; waits until 2026-05-05 12:00 UTC');
});

test.run();
