import { MAX_FRAME_BYTES } from '../../../shared/wire/protocol.ts';
import type { OutputKeeper } from '../../output/keeper.ts';
import { CommitUnknown } from '../write.ts';
import { isOfContent, stateOf } from './commit.ts';
import type { Database, Session } from './database.ts';
import { createOutputReads } from './output-reads.ts';
import { type Append, appendOf, boundOf, dayOf, firstId, INSERTED, type Refused } from './output-rows.ts';
import type { WriteRows } from './rows.ts';

type OutputKeeperDeps = {
  ask: Database['ask'];
  session: Session;
  writeRows: WriteRows;
  term: number;
  /** The lead has ended: another coordinator has it, or an insert failed. */
  onLost: (cause: Error) => void;
};

/** A statement takes no more after this many bytes. The rest waits for the next. */
const FLUSH_BYTES = 2 * MAX_FRAME_BYTES;
/** How many outputs' appends may wait for one statement. */
const LANES = 256;
const KNOWN = 50_000;
const DAY_MS = 24 * 3_600_000;
/** How long retention waits for the readers of a day, such as a backup. New output of all days waits behind it. */
const DROP_WITHIN_MS = 500;

type Waiting = { rows: () => Append; done: PromiseWithResolvers<number> };
type Taken = { rows: Append; done: Waiting['done'] };

const bytesOf = (rows: Append): number => rows.reduce((sum, { bytes }) => sum + bytes.length, 0);

export function createOutputKeeper({ ask, session, writeRows, term, onLost }: OutputKeeperDeps): OutputKeeper {
  const { sizes, read, arrivals } = createOutputReads(ask);
  const waiting: Waiting[] = [];
  let isFlushing = false;

  async function flush(): Promise<void> {
    if (isFlushing) return;
    isFlushing = true;
    while (waiting.length > 0) {
      const batch = take();
      await insert(batch.map(({ rows }) => rows)).then(
        (refused) => tell(batch, refused),
        (cause) => {
          for (const { done } of batch) done.reject(cause);
        },
      );
    }
    isFlushing = false;
  }

  function take(): Taken[] {
    const taken: Taken[] = [];
    let bytes = 0;
    while (waiting.length > 0 && bytes < FLUSH_BYTES) {
      const [one] = waiting.splice(0, 1) as [Waiting];
      const rows = one.rows();
      bytes += bytesOf(rows);
      taken.push({ rows, done: one.done });
    }
    return taken;
  }

  function tell(batch: readonly Taken[], refused: Refused): void {
    const causes = new Map(
      refused.map(({ append, code, message }) => [append, Object.assign(new Error(message), { code })]),
    );
    for (const [index, { rows, done }] of batch.entries()) {
      const cause = causes.get(index);
      if (cause) done.reject(cause);
      else done.resolve(bytesOf(rows));
    }
  }

  /** Returns the appends that the database refused. */
  async function insert(appends: readonly Append[]): Promise<Refused> {
    try {
      const sql = `SELECT append_output($term, ${INSERTED}) AS refused`;
      const { rows } = await session.query({ sql, bound: { term, ...boundOf(appends) } });
      return rows[0].refused;
    } catch (cause) {
      const state = stateOf(cause);
      if (state !== null && isOfContent(state)) throw cause;
      const ended = state === null ? new CommitUnknown('the database did not answer an insert', { cause }) : cause;
      onLost(ended as Error);
      throw ended;
    }
  }

  return {
    held: sizes,
    found: sizes,
    append(id, offset, take, at, isMark) {
      if (dayOf(id) === null) return Promise.reject(new Error(`${id} tells no day`));
      const done = Promise.withResolvers<number>();
      waiting.push({ rows: () => appendOf(id, offset, take(), isMark ? at : null), done });
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
            IF NOT EXISTS (SELECT 1 FROM commands WHERE id >= '${firstId(begin)}' AND id < '${firstId(begin + DAY_MS)}') THEN
              PERFORM set_config('lock_timeout', '${DROP_WITHIN_MS}', true);
              DROP TABLE ${name};
            END IF;
          EXCEPTION WHEN lock_not_available THEN NULL;
          END $body$`,
          {},
        );
      }
    },
    read,
    arrivals,
    lanes: LANES,
    open: KNOWN,
  };
}
