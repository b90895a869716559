import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../shared/fake-clock.ts';
import { createDeadlines } from './deadlines.ts';

const setUp = () => {
  const clock = createFakeClock();
  const due: string[] = [];
  const drifts: number[] = [];
  const deadlines = createDeadlines({ clock, onDue: (id) => due.push(id), onDrift: (byMs) => drifts.push(byMs) });
  return { clock, due, drifts, deadlines, start: clock.now() };
};

test('deadlines fall due in time, whatever the order in which they were set', () => {
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

test('a deadline that is moved or taken away does not fall due at its old time', () => {
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

test('a clock that is set forward is told as drift before anything falls due by it', () => {
  const { clock, due, drifts, deadlines, start } = setUp();
  deadlines.set('a', start + 20_000);
  clock.setWall(start + 86_400_000);
  clock.advance(10_000);
  assert.equal(drifts, [86_400_000]);
  assert.equal(due, []);
  clock.advance(10_000);
  assert.equal(due, ['a']);
});

test('a clock that is set back does not put a deadline off', () => {
  const { clock, due, drifts, deadlines, start } = setUp();
  deadlines.set('a', start + 20_000);
  clock.setWall(start - 86_400_000);
  clock.advance(20_000);
  assert.equal(drifts, [-86_400_000]);
  assert.equal(due, ['a']);
});

test('a clock that is slewed a little is left alone', () => {
  const { clock, drifts, start } = setUp();
  clock.setWall(start + 500);
  clock.advance(10_000);
  assert.equal(drifts, []);
});

test.run();
