import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { outcomeOf } from './call-out.ts';
import { afterTry, GIVE_UP_MS, isBroken, newReceiver, type Outcome } from './progress.ts';

const NOW = 1_700_000_000_000;
const sending = { id: 'a', upTo: 9, count: 3, tries: 0 };
const state = { ...newReceiver('ops'), sending };
const failed = (more: Partial<Extract<Outcome, { kind: 'failed' }>> = {}): Outcome => ({
  kind: 'failed',
  message: 'HTTP 500',
  final: false,
  retryAfterMs: null,
  ...more,
});

test('a delivered message is gone and clears the last failure', () => {
  const step = afterTry({ ...state, failed: { at: 1, message: 'x' } }, { kind: 'delivered' }, NOW, NOW);
  assert.equal([step.isGone, step.waitMs, step.state.sending, step.state.failed], [true, null, null, null]);
  assert.is(step.state.deliveredAt, NOW);
});

test('tries of the same message come 5 s, 10 s, … and at last 10 min apart', () => {
  let now = state as typeof state;
  const waits: (number | null)[] = [];
  for (let tries = 0; tries < 10; tries++) {
    const step = afterTry(now, failed(), NOW, NOW);
    waits.push(step.waitMs);
    now = step.state as typeof state;
  }
  assert.equal(waits.slice(0, 3), [5_000, 10_000, 20_000]);
  assert.is(waits.at(-1), 600_000);
  assert.equal(now.sending, { ...sending, tries: 10 });
});

test('a receiver that asks for a longer wait gets it, up to an hour', () => {
  assert.is(afterTry(state, failed({ retryAfterMs: 60_000 }), NOW, NOW).waitMs, 60_000);
  assert.is(afterTry(state, failed({ retryAfterMs: 10 * 3_600_000 }), NOW, NOW).waitMs, 3_600_000);
  assert.is(afterTry(state, failed({ retryAfterMs: 1 }), NOW, NOW).waitMs, 5_000);
});

test('a refused message is given up at once, any other after a day, and it is reported once', () => {
  const refused = afterTry(state, failed({ final: true }), NOW, NOW);
  assert.equal([refused.isGone, refused.waitMs, refused.isNewlyBroken], [true, null, true]);
  assert.equal([refused.state.givenUp, refused.state.givenUpAt, refused.state.sending], [3, NOW, null]);
  assert.not.ok(afterTry(state, failed(), NOW + GIVE_UP_MS - 1, NOW).isGone);
  assert.ok(afterTry(state, failed(), NOW + GIVE_UP_MS, NOW).isGone);
  const again = afterTry({ ...refused.state, sending }, failed({ final: true }), NOW + 1, NOW);
  assert.equal([again.isNewlyBroken, again.state.givenUp], [false, 6]);
  assert.ok(isBroken(again.state));
  const mended = afterTry({ ...again.state, sending }, { kind: 'delivered' }, NOW + 2, NOW).state;
  assert.not.ok(isBroken(mended));
  assert.ok(afterTry({ ...mended, sending }, failed({ final: true }), NOW + 3, NOW).isNewlyBroken);
});

test('a 4xx other than 408 and 429 is a refusal; a redirect is not followed', () => {
  const table: [number, string][] = [
    [200, 'delivered'],
    [204, 'delivered'],
    [301, 'again'],
    [307, 'again'],
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [410, 'refused'],
    [408, 'again'],
    [429, 'again'],
    [500, 'again'],
    [503, 'again'],
  ];
  for (const [status, expected] of table) {
    const outcome = outcomeOf(status, null);
    const is = outcome.kind === 'delivered' ? 'delivered' : outcome.final ? 'refused' : 'again';
    assert.is(is, expected, String(status));
  }
  assert.equal(outcomeOf(429, '30'), { kind: 'failed', message: 'HTTP 429', final: false, retryAfterMs: 30_000 });
  assert.is((outcomeOf(503, 'Wed, 21 Oct 2015 07:28:00 GMT') as { retryAfterMs: unknown }).retryAfterMs, null);
});

test.run();
