import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KEPT_SPANS, knownMark, type Marks, markOf, nextSpan } from './marks.ts';

/** A store with these starts; each begins at a time with so many events stored. */
function startedAt(...starts: readonly (readonly [now: number, lastEvent: number])[]): Marks {
  let marks: Marks = { spans: [], lastEvent: 0 };
  for (const [now, lastEvent] of starts) {
    marks = { ...marks, lastEvent };
    marks = { ...marks, spans: [...marks.spans, nextSpan(marks, now)] };
  }
  return marks;
}

const knows = (marks: Marks, mark: number): boolean => knownMark(marks, mark) === mark;

const at = (marks: Marks, lastEvent: number): number => markOf({ ...marks, lastEvent }) ?? 0;

test('marks grow by one with each event, and over a start', () => {
  const one = startedAt([5, 10]);
  assert.equal([at(one, 10), at(one, 11), at(one, 40)], [5_000, 5_001, 5_030]);
  const two = startedAt([5, 10], [6, 40]);
  assert.is(at(two, 40), 6_000);
});

test('marks grow over a start whose clock is behind them', () => {
  assert.is(at(startedAt([5, 10], [1, 40]), 40), 5_031);
});

test('a store knows each mark that it gave, in this span and in earlier ones', () => {
  const marks = { ...startedAt([5, 10], [6, 40]), lastEvent: 50 };
  for (const mark of [5_000, 5_030, 6_000, 6_010]) assert.ok(knows(marks, mark), String(mark));
});

test('a store does not know marks that it never gave', () => {
  const marks = { ...startedAt([5, 10], [6, 40]), lastEvent: 50 };
  for (const mark of [1, 4_999, 5_031, 5_999, 6_011, Number.MAX_SAFE_INTEGER])
    assert.not.ok(knows(marks, mark), String(mark));
});

test('a store that was put back knows no lost mark, however far it has come since', () => {
  const copied = startedAt([5, 10]);
  const lost = { ...copied, lastEvent: 900 };
  const restored = { ...startedAt([5, 10], [70, 100]), lastEvent: 1_000_000 };
  assert.ok(knows(restored, at(copied, 100)), 'given before the copy');
  for (const event of [101, 500, 900]) assert.not.ok(knows(restored, at(lost, event)), String(event));
});

test('the newest known mark below a lost one is that of the copy', () => {
  const marks = { ...startedAt([5, 10], [70, 100]), lastEvent: 500 };
  assert.equal(
    [5_300, 60_000, 70_900].map((mark) => knownMark(marks, mark)),
    [5_090, 5_090, 70_400],
  );
  assert.is(knownMark(marks, 7), 0);
});

test('a store that was put back twice knows no mark given between the two restores either', () => {
  const first = { ...startedAt([5, 10], [70, 100]), lastEvent: 300 };
  const second = { ...startedAt([5, 10], [90, 100]), lastEvent: 5_000 };
  assert.not.ok(knows(second, at(first, 300)));
});

test('a store that was put back on a machine whose clock is behind knows no lost mark until it has come as far', () => {
  const lost = { ...startedAt([500, 10]), lastEvent: 900 };
  const restored = { ...startedAt([500, 10], [1, 100]), lastEvent: 110 };
  assert.not.ok(knows(restored, at(lost, 900)));
});

test('marks older than the kept spans are taken as known; an empty store knows none', () => {
  const starts = Array.from({ length: KEPT_SPANS }, (_, n) => [n + 5, n] as const);
  assert.ok(knows(startedAt(...starts), 4_000));
  assert.not.ok(knows({ spans: [], lastEvent: 0 }, 4_000));
});

test.run();
