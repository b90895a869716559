import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Kill } from '../../../../shared/model/command.ts';
import { strongerKill } from './stronger-kill.ts';

const TERM: Kill = {
  commandId: '01900000-0000-7000-8000-000000000001',
  signal: 'SIGTERM',
  graceMs: 10_000,
  force: false,
  requestedAt: 1,
  stage: null,
  escalatedAt: null,
  confirmedAt: null,
};

const now = (force: boolean) => ({ how: 'now', options: { signal: 'SIGKILL', graceMs: 10_000, force } });

test('SIGTERM can become SIGKILL until SIGKILL is sent, and takes a force along: without it, it would be weaker', () => {
  for (const stage of [null, 'term'] as const) {
    assert.equal(strongerKill({ ...TERM, stage }), now(false));
    assert.equal(strongerKill({ ...TERM, stage, force: true }), now(true));
  }
  for (const stage of ['kill', 'dead', 'failed'] as const) assert.is(strongerKill({ ...TERM, stage }), null);
  assert.is(strongerKill({ ...TERM, stage: 'term', escalatedAt: 2 }), null);
});

test('a kill that waits for an activation can be forced, with its signal', () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const)
    assert.equal(strongerKill({ ...TERM, signal, stage: 'deferred' }), {
      how: 'activation',
      options: { signal, graceMs: 10_000, force: true },
    });
});

test('nothing is stronger than SIGKILL, or than a force that an agent has yet to hear of', () => {
  for (const stage of [null, 'term'] as const) assert.is(strongerKill({ ...TERM, signal: 'SIGKILL', stage }), null);
  assert.is(strongerKill({ ...TERM, force: true, stage: 'deferred' }), null);
});

test.run();
