import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rowsInSight } from './row-window.ts';

const WINDOW_PX = 900;
const ROW_PX = 36;
const COUNT = 5_000;

const inSight = (top: number) => rowsInSight(top, WINDOW_PX, ROW_PX, COUNT);

test('every row that is in sight is drawn, with some to spare, wherever the list is scrolled', () => {
  for (let top = 400; top > -COUNT * ROW_PX; top -= 977) {
    const { first, last } = inSight(top);
    assert.ok(first === 0 || top + first * ROW_PX < 0, `the upper edge at ${top}`);
    assert.ok(last === COUNT || top + last * ROW_PX > WINDOW_PX, `the lower edge at ${top}`);
    assert.ok(last - first < 45, `${last - first} rows at ${top}`);
  }
});

test('at the end of the list the last rows are drawn, and none beyond them', () => {
  assert.is(inSight(WINDOW_PX - COUNT * ROW_PX).last, COUNT);
});

test('a list that is out of sight, or empty, draws nothing', () => {
  assert.equal(inSight(5_000), { first: 0, last: 0 });
  assert.equal(inSight(-COUNT * ROW_PX - 5_000), { first: COUNT, last: COUNT });
  assert.equal(rowsInSight(100, WINDOW_PX, ROW_PX, 0), { first: 0, last: 0 });
});

test.run();
