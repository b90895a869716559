import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { endedWithin } from './clock.ts';
import { createFakeClock } from './fake-clock.ts';

/** Whether the wait is over after these milliseconds, and how many timers are left. */
async function waited(work: Promise<unknown>, ms: number) {
  const clock = createFakeClock();
  let isOver = false;
  void endedWithin(clock, work, 1_000).then(() => {
    isOver = true;
  });
  await turn();
  clock.advance(ms);
  await turn();
  return [isOver, clock.pending()];
}

test('a wait with a limit ends with the work, even where that fails, and leaves no timer', async () => {
  assert.equal(await waited(Promise.resolve(), 0), [true, 0]);
  assert.equal(await waited(Promise.reject(new Error('refused')), 0), [true, 0]);
});

test('a wait with a limit ends at its limit, and not before', async () => {
  const never = new Promise(() => {});
  assert.equal(await waited(never, 999), [false, 1]);
  assert.equal(await waited(never, 1_000), [true, 0]);
});

test.run();
