import { MAX_FRAME_BYTES } from '../../../shared/protocol.ts';
import type { Arrival, OutputKeeper } from '../../output/keeper.ts';
import { CommitUnknown } from '../write.ts';
import { NOT_LEADING, stateOf } from './commit.ts';
import type { Database, Session } from './database.ts';
import type { WriteRows } from './rows.ts';

/**
 * Outputs as insert-only rows, partitioned by the day of their commands' creation. Retention drops whole partitions, because deleting
 * single rows would write as much as they hold.
 */
export type OutputKeeperDeps = {
  ask: Database['ask'];
  session: Session;
  writeRows: WriteRows;
  term: number;
  /** The lead has ended: another coordinator has it, or a commit's fate is unknown. */
  onLost: (cause: Error) => void;
};

/** The most bytes of a row: few enough that reading one does not block the loop. */
const CHUNK_BYTES = 256 * 1024;
const PIECE_BYTES = 64 * 1024;
const ROWS_AT_ONCE = 16;
/** A statement takes no more after this many bytes. The rest waits for the next. */
const FLUSH_BYTES = 8 * MAX_FRAME_BYTES;
/** How many outputs' appends may wait for one statement. */
const LANES = 256;
const KNOWN = 50_000;
const DAY_MS = 24 * 3_600_000;

type Row = { day: string; id: string; offset: number; bytes: Uint8Array; at: number | null };
type Waiting = { rows: () => Row[]; done: PromiseWithResolvers<number> };

const bytesOf = (rows: readonly Row[]): number => rows.reduce((sum, { bytes }) => sum + bytes.length, 0);

export function createOutputKeeper({ ask, session, writeRows, term, onLost }: OutputKeeperDeps): OutputKeeper {
  const waiting: Waiting[] = [];
  let isFlushing = false;

  async function flush(): Promise<void> {
    if (isFlushing) return;
    isFlushing = true;
    while (waiting.length > 0) {
      const batch = take();
      await insert(batch.flatMap(({ rows }) => rows)).then(
        () => {
          for (const { done, rows } of batch) done.resolve(bytesOf(rows));
        },
        (cause) => {
          for (const { done } of batch) done.reject(cause);
        },
      );
    }
    isFlushing = false;
  }

  function take(): { rows: Row[]; done: Waiting['done'] }[] {
    const taken: { rows: Row[]; done: Waiting['done'] }[] = [];
    let bytes = 0;
    while (waiting.length > 0 && bytes < FLUSH_BYTES) {
      const [one] = waiting.splice(0, 1) as [Waiting];
      const rows = one.rows();
      bytes += bytesOf(rows);
      taken.push({ rows, done: one.done });
    }
    return taken;
  }

  async function insert(rows: readonly Row[]): Promise<void> {
    const column = <Name extends keyof Row>(name: Name) => rows.map((row) => row[name]);
    try {
      await session.query({
        sql: 'SELECT append_output($term, $days::date[], $ids::text[], $offsets::bigint[], $bytes::bytea[], $ats::bigint[])',
        bound: {
          ...{ term, days: column('day'), ids: column('id'), offsets: column('offset'), ats: column('at') },
          bytes: column('bytes').map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
        },
      });
    } catch (cause) {
      const state = stateOf(cause);
      if (state !== null && state !== NOT_LEADING) throw cause;
      const ended = state === null ? new CommitUnknown('the database did not answer an insert', { cause }) : cause;
      onLost(ended as Error);
      throw ended;
    }
  }

  async function sizes(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const asked = ids.flatMap((id) => {
      const day = dayOf(id);
      return day === null ? [] : [{ id, day }];
    });
    if (asked.length === 0) return new Map();
    const found = await ask<{ id: string; size: number }>({
      sql: `SELECT asked.id, last.size FROM unnest($days::date[], $ids::text[]) AS asked(day, id) CROSS JOIN LATERAL (
          SELECT at_byte + octet_length(bytes) AS size FROM output
          WHERE output.day = asked.day AND command_id = asked.id ORDER BY at_byte DESC LIMIT 1) AS last`,
      bound: { days: asked.map(({ day }) => day), ids: asked.map(({ id }) => id) },
    });
    return new Map(found.map(({ id, size }) => [id, size]));
  }

  return {
    held: sizes,
    found: sizes,
    append(id, offset, take, at, isMark) {
      const day = dayOf(id);
      if (day === null) return Promise.reject(new Error(`${id} tells no day`));
      const rows = (): Row[] => {
        let next = offset;
        return chunksOf(take()).map((bytes) => {
          const row = { day, id, offset: next, bytes, at: isMark && next === offset ? at : null };
          next += bytes.length;
          return row;
        });
      };
      const done = Promise.withResolvers<number>();
      waiting.push({ rows, done });
      void flush();
      return done.promise;
    },
    async rest() {},
    async remove() {},
    async sweep(before) {
      const partitions = await ask<{ name: string }>({
        sql: `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'output'::regclass`,
      });
      for (const { name } of partitions) {
        const [, year, month, date] = /output_(\d{4})(\d\d)(\d\d)$/.exec(name) ?? [];
        const begin = Date.parse(`${year}-${month}-${date}T00:00:00Z`);
        if (!(begin + DAY_MS <= before)) continue;
        await writeRows(
          `DO $body$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM commands WHERE id >= '${firstId(begin)}' AND id < '${firstId(begin + DAY_MS)}')
            THEN DROP TABLE ${name}; END IF; END $body$`,
          {},
        );
      }
    },
    async *read(id, offset, end) {
      const day = dayOf(id);
      for (let at = offset; day !== null && at < end; ) {
        const rows = await ask<{ atByte: number; bytes: Buffer }>({
          sql: `SELECT at_byte, bytes FROM output WHERE day = $day::date AND command_id = $id AND at_byte < $end
              AND at_byte >= (SELECT coalesce(max(at_byte), 0) FROM output
                WHERE day = $day::date AND command_id = $id AND at_byte <= $at)
            ORDER BY at_byte LIMIT ${ROWS_AT_ONCE}`,
          bound: { day, id, at, end },
        });
        const before = at;
        for (const { atByte, bytes } of rows) {
          const stop = Math.min(end, atByte + bytes.length);
          while (at < stop) {
            const piece = bytes.subarray(at - atByte, Math.min(at - atByte + PIECE_BYTES, stop - atByte));
            yield piece;
            at += piece.length;
          }
        }
        if (at === before) return;
      }
    },
    arrivals: async (id) =>
      await ask<Arrival>({
        sql: `SELECT at_byte AS "offset", arrived_at AS at FROM output
          WHERE day = $day::date AND command_id = $id AND arrived_at IS NOT NULL ORDER BY at_byte`,
        bound: { id, day: dayOf(id) },
      }),
    lanes: LANES,
    open: KNOWN,
  };
}

/** The pieces, joined and cut into rows. */
function chunksOf(pieces: readonly Uint8Array[]): Uint8Array[] {
  const all = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < all.length; at += CHUNK_BYTES) chunks.push(all.subarray(at, at + CHUNK_BYTES));
  return chunks;
}

/** The day of a command's creation, from its id (a UUIDv7); null if the id tells none. */
function dayOf(id: string): string | null {
  const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  const isDay = at >= 0 && at < Date.UTC(9999, 0);
  return isDay ? new Date(at).toISOString().slice(0, 10) : null;
}

/** The smallest id of a command made at `at` or later. */
function firstId(at: number): string {
  const hex = at.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
