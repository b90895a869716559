import type { Write } from '../write.ts';
import { CHANGES } from './changes.ts';
import { columnsOf } from './sql.ts';

/** A statement with its row, or with a list of rows where it takes one, as JSON. */
export type Statement = { sql: string; given: string };

/** Parts that are written together, or one part that is too long for that, whose statements are made as they are asked for. */
export type Piece =
  | { type: 'parts'; count: number; statements: string[]; rows: string }
  | { type: 'long'; count: 1; statements: Iterable<Statement> };

/** A piece's parts take a fraction of a second, and stay far below what one value of PostgreSQL holds. */
const PIECE_WRITES = 1_000;
const PIECE_CHARACTERS = 4_000_000;

/** Cuts a batch into pieces, in order. */
export function* piecesOf(parts: readonly (readonly Write[])[]): Generator<Piece> {
  let piece = newPiece();
  for (const part of parts) {
    if (part.length > PIECE_WRITES) {
      if (piece.count > 0) yield piece.made();
      piece = newPiece();
      yield { type: 'long', count: 1, statements: statementsOf(part) };
      continue;
    }
    if (piece.count > 0 && piece.writes + part.length > PIECE_WRITES) {
      yield piece.made();
      piece = newPiece();
    }
    piece.add(part);
    if (piece.characters < PIECE_CHARACTERS) continue;
    yield piece.made();
    piece = newPiece();
  }
  if (piece.count > 0) yield piece.made();
}

/** Collects parts, each as a list of its statements' numbers with their rows. */
function newPiece() {
  const numbers = new Map<string, number>();
  const rows: string[] = [];
  const piece = {
    count: 0,
    writes: 0,
    characters: 0,
    add(part: readonly Write[]) {
      const texts = part.map((write) => {
        const { sql } = CHANGES[write.type];
        if (!numbers.has(sql)) numbers.set(sql, numbers.size);
        return `[${numbers.get(sql)},${rowText(write)}]`;
      });
      const text = `[${texts.join(',')}]`;
      rows.push(text);
      piece.count += 1;
      piece.writes += part.length;
      piece.characters += text.length;
    },
    made: (): Piece => ({
      type: 'parts',
      count: piece.count,
      statements: [...numbers.keys()],
      rows: `[${rows.join(',')}]`,
    }),
  };
  return piece;
}

/** One statement for as many neighbours of one kind as fit, each with a key of its own where the kind has one. */
function* statementsOf(part: readonly Write[]): Generator<Statement> {
  for (let at = 0; at < part.length; ) {
    const { type } = part[at] as Write;
    const { sql, sqlOfMany, key } = CHANGES[type];
    const most = sqlOfMany ? PIECE_WRITES : 1;
    const keys = new Set<string>();
    const texts: string[] = [];
    for (let characters = 0; texts.length < most && characters < PIECE_CHARACTERS; at += 1) {
      const write = part[at];
      if (write?.type !== type) break;
      const row = rowOf(write);
      if (key) {
        const one = JSON.stringify(key.map((column) => row[column]));
        if (keys.has(one)) break;
        keys.add(one);
      }
      const text = JSON.stringify(row);
      texts.push(text);
      characters += text.length;
    }
    yield sqlOfMany ? { sql: sqlOfMany, given: `[${texts.join(',')}]` } : { sql, given: texts[0] ?? '' };
  }
}

const rowOf = (write: Write): Record<string, unknown> => columnsOf(CHANGES[write.type].row(write as never));
const rowText = (write: Write): string => JSON.stringify(rowOf(write));
