import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makerNameOf, makerOf, type RolloutReason, type Wave } from '../model/rollout.ts';
import { countsWords, makerWords, placeWords, rolloutLook, wantsApproval, wavesIn } from './rollout-look.ts';

const COUNTS = { waiting: 0, running: 0, proven: 0, failed: 0, deferred: 0, skipped: 0 };
const reason = (code: RolloutReason['code']): RolloutReason => ({ code, message: '', until: null });
const wave = (index: number, patch: Partial<Wave> = {}): Wave => ({
  index,
  name: `${index + 1}`,
  hosts: [],
  soakMs: 0,
  approve: false,
  status: 'waiting',
  startedAt: null,
  soakUntil: null,
  finishedAt: null,
  ...patch,
});

test('the look of a rollout shows that it waits for a person or ended with failures', () => {
  const word = (
    status: 'RUNNING' | 'DONE',
    code: RolloutReason['code'] | null,
    failed = 0,
    deferred = 0,
    skipped = 0,
  ) => rolloutLook({ status, reason: code && reason(code), counts: { ...COUNTS, failed, deferred, skipped } }).word;
  assert.is(word('RUNNING', null), 'Running');
  assert.is(word('RUNNING', 'approval'), 'Wants approval');
  assert.is(word('RUNNING', 'window'), 'Waiting for window');
  assert.is(word('DONE', null), 'Done');
  assert.is(word('DONE', null, 1, 1), 'Done, some failed');
  assert.is(word('DONE', null, 0, 1), 'Done, not all proven');
  assert.is(word('DONE', null, 0, 0, 1), 'Done, not all proven');
  assert.ok(wantsApproval({ status: 'RUNNING', reason: reason('approval') }));
  assert.not.ok(wantsApproval({ status: 'PAUSED', reason: reason('failures') }));
});

test('counts leave out zeros', () => {
  assert.is(countsWords({ ...COUNTS, waiting: 20 }), 'none begun of 20');
  assert.is(countsWords({ ...COUNTS, waiting: 16, proven: 3, failed: 1 }), '3 proven, 1 failed of 20');
  assert.is(countsWords({ ...COUNTS, waiting: 16, proven: 1_984 }), '1,984 proven of 2,000');
});

test('the place is the first unfinished wave, with the time left of its soak', () => {
  const waves = [wave(0, { status: 'done' }), wave(1, { status: 'soaking', soakUntil: 252_000 }), wave(2)];
  assert.is(placeWords({ status: 'RUNNING', waves }, 0), 'wave 2 of 3 (soaking, 4:12 left)');
  assert.is(placeWords({ status: 'RUNNING', waves }, 300_000), 'wave 2 of 3 (soaking, 0:00 left)');
  assert.is(placeWords({ status: 'PAUSED', waves }, 0), '');
});

test('waves as typed', () => {
  assert.equal(wavesIn('1, 10%,50%, rest'), [{ count: 1 }, { percent: 10 }, { percent: 50 }, { percent: 100 }]);
  for (const wrong of ['', '0', '101%', '1,,2', 'half', '1 2']) assert.is(wavesIn(wrong), null, wrong);
});

test('the maker of a rollout is named with the person behind it', () => {
  assert.is(makerWords({ createdBy: 'admin' }), 'admin');
  assert.is(makerWords({ createdBy: 'oidc:1f', createdByName: 'Ann Smith' }), 'oidc:1f (Ann Smith)');
  const ran = { createdBy: 'policy:weekly', ranBy: 'token:ci', tokenOf: 'oidc:1f', tokenOfName: 'Ann Smith' };
  assert.is(makerWords(ran), 'policy:weekly, run by token:ci, with a token of oidc:1f (Ann Smith)');
  assert.equal([makerOf(ran), makerNameOf(ran)], ['oidc:1f', 'Ann Smith']);
  assert.equal([makerOf({ createdBy: 'admin' }), makerNameOf({ createdBy: 'admin' })], ['admin', undefined]);
});

test.run();
