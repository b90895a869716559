import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createFew } from './few.ts';

/** Reports one after each of these pauses; returns how many were reported singly, and each count. */
function tell(pausesMs: Iterable<number>): { told: number; counts: number[] } {
  const clock = createFakeClock();
  const counts: number[] = [];
  const few = createFew({ clock, onMore: (count) => counts.push(count) });
  let told = 0;
  for (const ms of pausesMs) {
    clock.advance(ms);
    if (few.isTold()) told += 1;
  }
  few.close();
  return { told, counts };
}

test('the first few are reported singly, the rest as one count a minute later', () => {
  const { told, counts } = tell([...Array(50).fill(0), 60_000]);
  assert.equal([told, counts], [20, [30, 1]]);
});

test('one every ten minutes is always reported singly', () => {
  assert.equal(tell(Array(1_000).fill(600_000)), { told: 1_000, counts: [] });
});

test('one a second for ten days makes at most 1,701 rows, so 62,000 a year', () => {
  const { told, counts } = tell(Array(864_000).fill(1_000));
  assert.ok(told + counts.length <= 1_701, `${told} and ${counts.length}`);
  assert.is(told + counts.reduce((sum, count) => sum + count, 0), 864_000);
});

test('the count names the busiest sources, and counts all', () => {
  const clock = createFakeClock();
  const counts: string[] = [];
  const few = createFew({ clock, onMore: (count, sources) => counts.push(`${count}: ${sources}`) });
  for (let n = 0; n < 20; n += 1) few.isTold('from a');
  for (const [source, times] of Object.entries({ b: 1, c: 4, d: 3, e: 2, f: 5, g: 1 }))
    for (let n = 0; n < times; n += 1) assert.not(few.isTold(`from ${source}`));
  clock.advance(60_000);
  assert.equal(counts, ['16: 5 from f, 4 from c, 3 from d, 2 from e, 1 from b, and 1 more']);
  for (let n = 0; n < 500; n += 1) few.isTold(`from ${n}`);
  few.close();
  assert.match(counts[1] ?? '', /^500: 400 from elsewhere, 1 from /);
});

test('a busy source leaves room for others', () => {
  const few = createFew({ clock: createFakeClock(), onMore: () => {}, perMinute: 1 });
  assert.equal([few.isTold('a'), few.isTold('a'), few.isTold('b'), few.isTold('a')], [true, false, true, false]);
  few.close();
});

test('each is reported or counted at any pace, and the end reports the last count', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 7_200_000 }), { maxLength: 300 }), (pauses) => {
      const { told, counts } = tell(pauses);
      assert.is(told + counts.reduce((sum, count) => sum + count, 0), pauses.length);
      const hours = pauses.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
      assert.ok(told <= 20 + hours * 6 && counts.length <= hours + 2, `${told} and ${counts.length} in ${hours} h`);
    }),
  );
});

test.run();
