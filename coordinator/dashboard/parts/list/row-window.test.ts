import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rowsInSight } from './row-window.ts';

const WINDOW_PX = 900;
const ROW_PX = 36;
const COUNT = 5_000;

const inSight = (top: number) => rowsInSight(top, WINDOW_PX, ROW_PX, COUNT);

test('every visible row is drawn, with some to spare, at any scroll position', () => {
  for (let top = 400; top > -COUNT * ROW_PX; top -= 977) {
    const { first, last } = inSight(top);
    assert.ok(first === 0 || top + first * ROW_PX < 0, `the upper edge at ${top}`);
    assert.ok(last === COUNT || top + last * ROW_PX > WINDOW_PX, `the lower edge at ${top}`);
    assert.ok(last - first < 45, `${last - first} rows at ${top}`);
  }
});

test('at the end of the list the last rows are drawn and none beyond', () => {
  assert.is(inSight(WINDOW_PX - COUNT * ROW_PX).last, COUNT);
});

test('an invisible or empty list draws nothing', () => {
  assert.equal(inSight(5_000), { first: 0, last: 0 });
  assert.equal(inSight(-COUNT * ROW_PX - 5_000), { first: COUNT, last: COUNT });
  assert.equal(rowsInSight(100, WINDOW_PX, ROW_PX, 0), { first: 0, last: 0 });
});

test.run();
