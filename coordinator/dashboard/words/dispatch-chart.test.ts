import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../../../shared/model/command.ts';
import { CHART_WIDTH, chartOf } from './dispatch-chart.ts';

const command = (acceptedAt: number | null, finishedAt: number | null, status: Command['status']): Command =>
  ({ acceptedAt, finishedAt, status, timeoutStatus: 'NORMAL', kill: null, op: 'pull', code: null }) as Command;

const bars = (path = ''): number[][] =>
  [...path.matchAll(/M([\d.]+) (\d+)h([\d.]+)/g)].map(([, x, y, width]) => [Number(x), Number(y), Number(width)]);

test('each command is a bar from when its host had it until its end, or until now', () => {
  const commands = [
    command(2_000, 4_000, 'ERROR'),
    command(0, 2_000, 'SUCCESS'),
    command(1_000, null, 'EXECUTING'),
    command(null, 1, 'BLOCKED'),
  ];
  const chart = chartOf(commands, 8_000);
  assert.equal([chart?.from, chart?.until], [0, 8_000]);
  assert.equal(bars(chart?.paths.ok), [[0, 0, 250]]);
  assert.equal(bars(chart?.paths.working), [[125, 6, 875]]);
  assert.equal(bars(chart?.paths.error), [[250, 12, 250]]);
  assert.is(chart?.paths.attention, undefined, 'what never ran has no bar');
});

test('a momentary command is visible, inside the drawing', () => {
  const [bar] = bars(chartOf([command(0, 9_000, 'SUCCESS'), command(9_000, 9_000, 'ERROR')], 9_000)?.paths.error);
  assert.ok(bar && bar[2] === 3 && (bar[0] ?? 0) + 3 <= CHART_WIDTH, String(bar));
  assert.is(chartOf([command(null, 1, 'BLOCKED')], 9), null);
});

test.run();
