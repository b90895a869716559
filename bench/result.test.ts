import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { budgetText, rounded, verdictText } from './figures.ts';
import { judge, type Measured, percentile } from './result.ts';

const measured = (known: Partial<Measured>): Measured => ({
  row: 'a row',
  unit: 'ms',
  ours: 'ours',
  floor: 'floor',
  budget: { on: 'ratio', atMost: 2 },
  rounds: [10, 20, 30, 40, 50].map((ours) => ({ ours, floor: 10 })),
  ...known,
});

test('the median round decides, and the spread is that of the budgeted figure', () => {
  const { figure, overall, within } = judge(measured({}));
  assert.equal(figure, { overall: 3, min: 1, max: 5 });
  assert.equal(overall, { ours: 30, floor: 10, ratio: 3 });
  assert.not(within);
  assert.ok(judge(measured({ budget: { on: 'ratio', atMost: 3 } })).within);
  assert.ok(judge(measured({ budget: { on: 'ratio', atLeast: 3 } })).within);
});

test('with the mean, a cost in one of several rounds counts', () => {
  const rounds = [10, 10, 10, 10, 60].map((ours) => ({ ours, floor: 10 }));
  const { figure, overall, within } = judge(measured({ rounds, middle: 'mean', budget: { on: 'ratio', atMost: 1.5 } }));
  assert.equal(figure, { overall: 2, min: 1, max: 6 });
  assert.equal(overall, { ours: 20, floor: 10, ratio: 2 });
  assert.not(within);
});

test('a budget above the floor is set on the difference, one of ours alone needs no floor', () => {
  assert.is(judge(measured({ budget: { on: 'difference', atMost: 20 } })).figure.overall, 20);
  const rounds = [1, 2, 3, 4, 5].map((ours) => ({ ours, floor: null }));
  assert.is(judge(measured({ budget: { on: 'ours', atMost: 3 }, rounds })).figure.overall, 3);
  assert.throws(() => judge(measured({ rounds })), /needs a floor/);
});

test('fewer than five rounds are not a measurement', () => {
  assert.throws(() => judge(measured({ rounds: [{ ours: 1, floor: 1 }] })), /only 1 rounds/);
});

test('percentiles lie between the two nearest values', () => {
  assert.is(percentile([4, 1, 3, 2], 50), 2.5);
  assert.is(percentile([4, 1, 3, 2], 100), 4);
  assert.is(percentile([7], 99), 7);
});

test('a result says by how much it is not within budget', () => {
  const verdict = (budget: Measured['budget']) => verdictText(judge(measured({ budget })));
  assert.is(verdict({ on: 'ratio', atMost: 3 }), 'within');
  assert.is(verdict({ on: 'ratio', atMost: 2 }), '**50 % over**');
  assert.is(verdict({ on: 'ratio', atLeast: 6 }), '**50 % short**');
  assert.is(verdict({ on: 'ours', atMost: 0 }), 'over by 30');
});

test('figures keep three digits that count', () => {
  assert.is(rounded(0.123456), '0.123');
  assert.is(rounded(12.3456), '12.3');
  assert.is(rounded(12345.6), '12,346');
  assert.is(budgetText({ on: 'difference', atMost: 10 }, 'ms'), '≤ 10 ms above the floor');
});

test.run();
