import type { Write } from '../write.ts';
import { CHANGES } from './changes.ts';
import { columnsOf } from './sql.ts';

/** A statement with its row, or with a list of rows where it takes one, as JSON. */
export type Statement = { sql: string; given: string };

/** Parts that are written in one transaction, or one part that is too long for that, whose statements are made as they are asked for. */
export type Piece = Parts | { type: 'long'; count: 1; statements: Iterable<Statement> };

/** One call of a function on the server. */
export type Call = { statements: string[]; rows: string };

/**
 * `oneByOne`: each part by itself, so that a refused one leaves the others. `together`: the rows of all parts, table by table, which is
 * several times as fast; null if it would save nothing. One refused row then refuses all of them.
 */
export type Parts = {
  type: 'parts';
  count: number;
  /** The number of events of each part. */
  events: readonly number[];
  oneByOne(): Call;
  together: Call | null;
};

/**
 * A piece's parts take a fraction of a second, because its call holds the lock that the lease's renewal waits for. They stay far below what
 * one value of PostgreSQL holds.
 */
const PIECE = { writes: 1_000, characters: 4_000_000 };
/** A long part's statements may be longer: each waits for a turn of the event loop, and a turn that hears a whole fleet is long. */
const STATEMENT = { writes: 10_000, characters: 16_000_000 };
/** From so many parts on, a statement for each table saves time. */
const MANY_PARTS = 10;

/** Cuts a batch into pieces, in order. */
export function* piecesOf(parts: readonly (readonly Write[])[]): Generator<Piece> {
  let rows: Row[][] = [];
  let writes = 0;
  let characters = 0;
  function* collected(): Generator<Piece> {
    if (rows.length > 0) yield piece(rows);
    rows = [];
    writes = 0;
    characters = 0;
  }
  for (const part of parts) {
    if (part.length > PIECE.writes) {
      yield* collected();
      yield { type: 'long', count: 1, statements: statementsOf(rowsOf(part)) };
      continue;
    }
    if (writes + part.length > PIECE.writes) yield* collected();
    const made = [...rowsOf(part)];
    rows.push(made);
    writes += made.length;
    for (const { text } of made) characters += text.length;
    if (characters >= PIECE.characters) yield* collected();
  }
  yield* collected();
}

function piece(parts: readonly Row[][]): Parts {
  return {
    type: 'parts',
    count: parts.length,
    events: parts.map((rows) => rows.filter(({ type }) => type === 'event').length),
    oneByOne() {
      const numbered = numbers();
      const texts = parts.map((rows) => {
        const pairs = rows.map(({ type, text }) => `[${numbered.of(CHANGES[type].sql)},${text}]`);
        return `[${pairs.join(',')}]`;
      });
      return { statements: numbered.statements(), rows: `[${texts.join(',')}]` };
    },
    together: parts.length < MANY_PARTS ? null : togetherOf(parts.flat()),
  };
}

/** Numbers statements in the order in which they are first asked for. */
function numbers() {
  const known = new Map<string, number>();
  return {
    of(sql: string): number {
      const number = known.get(sql) ?? known.size;
      known.set(sql, number);
      return number;
    },
    statements: () => [...known.keys()],
  };
}

/** Kinds of which each part may have rows. No row of another kind touches their tables, so these may come last. */
const COMMON: readonly Write['type'][] = ['command', 'history', 'event'];

/** Rows of one kind stay in the order of their parts. */
function togetherOf(rows: readonly Row[]): Call {
  const others = rows.filter(({ type }) => !COMMON.includes(type));
  const numbered = numbers();
  const texts: string[] = [];
  for (const { sql, given } of statementsOf([
    ...others,
    ...COMMON.flatMap((kind) => rows.filter(({ type }) => type === kind)),
  ]))
    texts.push(`[${numbered.of(sql)},${given}]`);
  return { statements: numbered.statements(), rows: `[${texts.join(',')}]` };
}

/** One statement for as many neighbours of one kind as fit, each with a key of its own where the kind has one. */
function* statementsOf(rows: Iterable<Row>): Generator<Statement> {
  let type: Write['type'] | null = null;
  let texts: string[] = [];
  let characters = 0;
  const keys = new Set<string>();
  function* collected(): Generator<Statement> {
    if (type === null) return;
    const { sql, sqlOfMany } = CHANGES[type];
    yield sqlOfMany ? { sql: sqlOfMany, given: `[${texts.join(',')}]` } : { sql, given: texts[0] ?? '' };
    texts = [];
    characters = 0;
    keys.clear();
  }
  for (const row of rows) {
    const isFull = texts.length >= STATEMENT.writes || characters >= STATEMENT.characters;
    if (row.type !== type || !CHANGES[row.type].sqlOfMany || isFull || (row.key !== null && keys.has(row.key)))
      yield* collected();
    type = row.type;
    texts.push(row.text);
    characters += row.text.length;
    if (row.key !== null) keys.add(row.key);
  }
  yield* collected();
}

/** A write as JSON. `key`: what no two rows of one statement may share. */
type Row = { type: Write['type']; text: string; key: string | null };

function* rowsOf(part: readonly Write[]): Generator<Row> {
  for (const write of part) {
    const { row, key } = CHANGES[write.type];
    const columns = columnsOf(row(write as never));
    const own = key ? JSON.stringify(key.map((column) => columns[column])) : null;
    yield { type: write.type, text: JSON.stringify(columns), key: own };
  }
}
