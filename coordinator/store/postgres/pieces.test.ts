import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sampleId } from '../../lifecycle/fixtures/sample.ts';
import { command, event, history, host } from '../fixtures/writes.ts';
import type { Write } from '../write.ts';
import { CHANGES } from './changes.ts';
import { piecesOf } from './pieces.ts';

const part = (index: number): Write[] => [
  command({ id: sampleId(1_000 + index), hostId: sampleId(2_000 + index) }),
  history(sampleId(1_000 + index)),
  event({ code: `event ${index}` }),
];
const parts = (count: number) => Array.from({ length: count }, (_, index) => part(index));

/** The statements with which a batch's only piece is written together, each with its rows; null if it is not. */
function together(
  batch: readonly (readonly Write[])[],
): { sql: string | undefined; rows: { code?: string }[] }[] | null {
  const [piece, ...more] = piecesOf(batch);
  assert.equal(more, []);
  if (piece?.type !== 'parts') throw new Error('it is one long part');
  if (!piece.together) return null;
  const { statements, rows } = piece.together;
  return (JSON.parse(rows) as [number, unknown][]).map(([number, given]) => ({
    sql: statements[number],
    rows: [given].flat() as { code?: string }[],
  }));
}

const counted = (batch: readonly (readonly Write[])[]) =>
  together(batch)?.map(({ sql, rows }) => ({ sql, rows: rows.length }));

test('many parts are written together: one statement for each table, after the rows of others', () => {
  const some = parts(60).map((writes, index) =>
    index % 20 === 3 ? [...writes, host(sampleId(index), 'web')] : writes,
  );
  const added = { sql: CHANGES.host_added.sql, rows: 1 };
  const all = [CHANGES.command, CHANGES.history, CHANGES.event].map(({ sqlOfMany }) => ({ sql: sqlOfMany, rows: 60 }));
  assert.equal(counted(some), [added, added, added, ...all]);
});

test('a record that two parts write is in two statements, in their order', () => {
  const [first, ...rest] = parts(60);
  const rows = counted([first ?? [], ...rest, part(0)])?.filter(({ sql }) => sql === CHANGES.command.sqlOfMany);
  assert.equal(
    rows?.map((one) => one.rows),
    [60, 1],
  );
});

test('the rows of a table stay in the order of their parts', () => {
  assert.equal(
    together(parts(60))
      ?.at(-1)
      ?.rows.map(({ code }) => code),
    Array.from({ length: 60 }, (_, index) => `event ${index}`),
  );
});

test('few parts go one by one', () => {
  assert.is(together(parts(9)), null);
});

test('one by one, each part names its statements by their numbers', () => {
  const [piece] = piecesOf([[event({ code: 'a' })], part(1), []]);
  if (piece?.type !== 'parts') throw new Error('it is one long part');
  const { statements, rows } = piece.oneByOne();
  assert.equal(statements, [CHANGES.event.sql, CHANGES.command.sql, CHANGES.history.sql]);
  const numbers = (JSON.parse(rows) as [number, unknown][][]).map((pairs) => pairs.map(([number]) => number));
  assert.equal(numbers, [[0], [1, 2, 0], []]);
  assert.equal(piece.events, [1, 1, 0]);
});

test('a long part stands by itself, and a piece holds a bounded number of writes', () => {
  const long = Array.from({ length: 1_001 }, () => event());
  const pieces = [...piecesOf([...parts(400), long, ...parts(2)])];
  assert.equal(
    pieces.map(({ type, count }) => [type, count]),
    [
      ['parts', 333],
      ['parts', 67],
      ['long', 1],
      ['parts', 2],
    ],
  );
});

test.run();
