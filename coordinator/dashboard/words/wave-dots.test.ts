import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { STANDINGS, type Standing } from '../../../shared/model/rollout.ts';
import { columnsOf, dotAt, dotPaths, rowsOf } from './wave-dots.ts';

const dots = (path: string): number => path.match(/M/g)?.length ?? 0;

test('each host is one dot in the path of its standing, and no two shapes are alike', () => {
  const standings: Standing[] = [...STANDINGS, 'failed'];
  const paths = dotPaths(standings);
  for (const standing of STANDINGS) assert.is(dots(paths[standing]), standing === 'failed' ? 2 : 1);
  const shapes = STANDINGS.map((standing) => {
    const [, shape = ''] = dotPaths([standing])[standing].split('M0 0');
    return `${shape} ${standing === 'running' ? dotPaths([standing]).half : ''}`;
  });
  assert.is(new Set(shapes).size, STANDINGS.length);
});

test('a position finds the dot drawn there', () => {
  for (const count of [1, 12, 13, 145, 3_000]) {
    const [columns, rows] = [columnsOf(count), rowsOf(count)];
    for (const at of [0, count >> 1, count - 1]) {
      const x = ((at % columns) + 0.5) / columns;
      const y = (Math.floor(at / columns) + 0.5) / rows;
      assert.is(dotAt(x, y, count), at, `${at} of ${count}`);
    }
  }
  assert.is(dotAt(0.99, 0.5, 3), null);
  assert.is(dotAt(-0.1, 0.5, 3), null);
});

test('3,000 hosts make one short path per standing', () => {
  const paths = dotPaths(Array.from({ length: 3_000 }, () => 'proven' as const));
  assert.is(Object.values(paths).filter(Boolean).length, 1);
  assert.ok(paths.proven.length < 200_000, String(paths.proven.length));
});

test.run();
