import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createDeadlines } from './deadlines.ts';

const setUp = () => {
  const clock = createFakeClock();
  const due: string[] = [];
  const drifts: number[] = [];
  const gaps: number[] = [];
  const deadlines = createDeadlines({
    clock,
    onDue: (id) => due.push(id),
    onDrift: (byMs) => drifts.push(byMs),
    onGap: (byMs) => gaps.push(byMs),
  });
  return { clock, due, drifts, gaps, deadlines, start: clock.now() };
};

test('deadlines fall due in time, set in any order', () => {
  const { clock, due, deadlines, start } = setUp();
  deadlines.set('late', start + 50_000);
  deadlines.set('soon', start + 1_000);
  clock.advance(999);
  assert.equal(due, []);
  clock.advance(1);
  assert.equal(due, ['soon']);
  clock.advance(49_000);
  assert.equal(due, ['soon', 'late']);
});

test('a moved or removed deadline does not fall due at its old time', () => {
  const { clock, due, deadlines, start } = setUp();
  deadlines.set('moved', start + 1_000);
  deadlines.set('gone', start + 1_000);
  deadlines.set('moved', start + 3_000);
  deadlines.set('gone', null);
  clock.advance(2_000);
  assert.equal(due, []);
  clock.advance(1_000);
  assert.equal(due, ['moved']);
});

test('one timer serves all, and none is left after the close', () => {
  const { clock, deadlines, start } = setUp();
  for (let n = 0; n < 100; n++) deadlines.set(`${n}`, start + n);
  assert.is(clock.pending(), 1);
  deadlines.close();
  assert.is(clock.pending(), 0);
});

test('a clock set forward is reported as drift before anything falls due by it', () => {
  const { clock, due, drifts, deadlines, start } = setUp();
  deadlines.set('a', start + 20_000);
  clock.setWall(start + 86_400_000);
  clock.advance(10_000);
  assert.equal(drifts, [86_400_000]);
  assert.equal(due, []);
  clock.advance(10_000);
  assert.equal(due, ['a']);
});

test('a clock set back delays no deadline', () => {
  const { clock, due, drifts, deadlines, start } = setUp();
  deadlines.set('a', start + 20_000);
  clock.setWall(start - 86_400_000);
  clock.advance(20_000);
  assert.equal(drifts, [-86_400_000]);
  assert.equal(due, ['a']);
});

test('a little slew is ignored', () => {
  const { clock, drifts, gaps, start } = setUp();
  clock.setWall(start + 500);
  clock.advance(10_000);
  assert.equal([drifts, gaps], [[], []]);
});

test('a gap is reported before the deadlines inside it, which may then be put off', () => {
  const clock = createFakeClock();
  const told: string[] = [];
  const gaps: number[] = [];
  const deadlines = createDeadlines({
    clock,
    onDue: (id) => told.push(id),
    onDrift: () => told.push('drift'),
    onGap(byMs) {
      gaps.push(byMs);
      told.push('gap');
      deadlines.set('a', clock.now() + 5_000);
    },
  });
  deadlines.set('a', clock.now() + 500);
  deadlines.set('b', clock.now() + 500);
  clock.advance(400);
  clock.stall(60_000);
  clock.advance(0);
  assert.equal(told, ['gap', 'b']);
  assert.ok((gaps[0] ?? 0) > 59_000 && (gaps[0] ?? 0) <= 60_000, `${gaps}`);
  clock.advance(5_000);
  assert.equal(told, ['gap', 'b', 'a']);
});

test('a frame handled before the timers reports the gap too', () => {
  const { clock, gaps, deadlines } = setUp();
  clock.stall(1_000);
  deadlines.look();
  assert.is(gaps.length, 1);
});

test('a suspension is both drift and a gap', () => {
  const { clock, due, drifts, gaps, deadlines, start } = setUp();
  deadlines.set('a', start + 500);
  clock.suspend(600_000);
  clock.advance(500);
  assert.equal([drifts, gaps], [[600_000], [600_000]]);
  assert.equal(due, ['a'], '0.5 s of its own time have passed');
});

test('a clock set back is not a gap', () => {
  const { clock, gaps, start } = setUp();
  clock.setWall(start - 60_000);
  clock.advance(1_000);
  assert.equal(gaps, []);
});

test.run();
