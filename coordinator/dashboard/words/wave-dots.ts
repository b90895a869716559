import { STANDINGS, type Standing } from '../../../shared/model/rollout.ts';

/**
 * A wave's hosts as dots: one path per standing, however many hosts. Each standing has its own shape, so that colour is not needed
 * to tell them apart. Units are the drawing's: a dot has a cell of `CELL`.
 */
export const CELL = 8;

/** Few dots are drawn large, many small. */
const LARGE = { columns: 12, most: 144 };
const SMALL_COLUMNS = 24;

export const columnsOf = (count: number): number => (count <= LARGE.most ? LARGE.columns : SMALL_COLUMNS);
export const rowsOf = (count: number): number => Math.max(1, Math.ceil(count / columnsOf(count)));

/** Paths from a cell's corner, all relative. */
const RING = 'm1.5 4a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0';
const SHAPES = {
  waiting: RING,
  running: RING,
  proven: 'm1 4a3 3 0 1 0 6 0a3 3 0 1 0 -6 0',
  failed: 'm1.5 1.5l5 5m0 -5l-5 5',
  deferred: 'm1.5 4h5',
  skipped: 'm2 6.5l4 -5',
} as const satisfies Record<Standing, string>;
/** The filled half of a running host. */
const HALF = 'm4 1.5a2.5 2.5 0 0 0 0 5z';

export type DotPaths = Record<Standing | 'half', string>;

/** The paths of all dots; empty where a standing has none. */
export function dotPaths(standings: readonly Standing[]): DotPaths {
  const columns = columnsOf(standings.length);
  const parts = Object.fromEntries([...STANDINGS, 'half'].map((name) => [name, [] as string[]])) as Record<
    keyof DotPaths,
    string[]
  >;
  for (const [at, standing] of standings.entries()) {
    const corner = `M${(at % columns) * CELL} ${Math.floor(at / columns) * CELL}`;
    parts[standing].push(corner + SHAPES[standing]);
    if (standing === 'running') parts.half.push(corner + HALF);
  }
  return Object.fromEntries(Object.entries(parts).map(([name, paths]) => [name, paths.join('')])) as DotPaths;
}

/** Index of the dot at a place given as shares of the drawing's width and height; null outside of all dots. */
export function dotAt(x: number, y: number, count: number): number | null {
  const [columns, rows] = [columnsOf(count), rowsOf(count)];
  const [column, row] = [Math.floor(x * columns), Math.floor(y * rows)];
  const at = row * columns + column;
  return column >= 0 && column < columns && row >= 0 && at < count ? at : null;
}
