import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../shared/wire/protocol.ts';
import { createBackoff } from './backoff.ts';

const GONE = 1006;

test('the wait is anywhere below a ceiling that doubles from 0.5 s to 30 s', () => {
  const longest = createBackoff(() => 1 - 2 ** -40);
  const ceilings = Array.from({ length: 9 }, () => longest.after(GONE).delayMs + 1);
  assert.equal(ceilings, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  assert.is(createBackoff(() => 0).after(GONE).delayMs, 0);
});

test('each of several coordinators is tried soon, and the wait grows by round', () => {
  const longest = createBackoff(() => 1 - 2 ** -40, 3);
  const ceilings = Array.from({ length: 9 }, () => longest.after(GONE).delayMs + 1);
  assert.equal(ceilings, [500, 500, 500, 500, 500, 1000, 500, 500, 2000]);
});

test('waits stay short while a coordinator stands by, because another leads soon', () => {
  const longest = createBackoff(() => 1 - 2 ** -40, 2);
  for (let round = 0; round < 10; round += 1) {
    longest.after(503);
    assert.ok(longest.after(GONE).delayMs < 10_000);
  }
  const nextRound = () => {
    longest.after(GONE);
    return longest.after(GONE).delayMs;
  };
  assert.ok(nextRound() < 10_000, 'it may just be taking the lead');
  assert.ok(nextRound() > 20_000, 'none of them stands by now');
});

test('a welcome resets the wait', () => {
  const backoff = createBackoff(() => 0.5);
  backoff.after(GONE);
  backoff.after(GONE);
  backoff.reset();
  assert.is(backoff.after(GONE).delayMs, 250);
});

test('after a conflict or a revoked token it is 30 s at least, with a hint for a person', () => {
  for (const end of [CLOSE.replaced, CLOSE.duplicateAgent, CLOSE.tokenRevoked]) {
    const { delayMs, hint } = createBackoff(() => 0).after(end);
    assert.is(delayMs, 30_000, String(end));
    assert.type(hint, 'string');
  }
  for (const end of [CLOSE.restarting, CLOSE.tryLater, GONE, 502])
    assert.is(createBackoff(() => 0).after(end).hint, null);
});

test('a refused upgrade gets a hint and growing waits: it may be a proxy that is not up yet', () => {
  for (const status of [401, 403]) {
    const backoff = createBackoff(() => 0.999);
    const waits = Array.from({ length: 8 }, () => backoff.after(status));
    assert.ok((waits[0]?.delayMs ?? 0) < 500, `${waits[0]?.delayMs} ms`);
    assert.ok((waits[7]?.delayMs ?? 0) > 29_000, `${waits[7]?.delayMs} ms`);
    assert.ok(waits.every(({ hint }) => hint?.includes('SWITCHYARD_TOKEN_FILE')));
  }
});

test.run();
