import type { QueryResult } from 'pg';
import type { Event } from '../../../shared/model/event.ts';
import { CommitUnknown, type Write, type Written } from '../write.ts';
import { eventRow } from './changes.ts';
import { isOfContent, isOfPart, stateOf } from './commit.ts';
import type { Session } from './database.ts';
import { type Call, type Parts as PartsPiece, piecesOf, type Statement } from './pieces.ts';
import { storable } from './sql.ts';

export type BatchesDeps = {
  session: Session;
  /** Whether the session is cut. Nothing can be sent then. */
  isCut: () => boolean;
  term: number;
  /** The lead has ended: another coordinator has it, or a commit failed. */
  onLost: (cause: Error) => void;
};

type Parts = readonly (readonly Write[])[];
/** The result of a part: the ids of its events, or the reason why nothing of it is stored. */
type Result = { ids: number[] } | { code: string; message: string } | { cause: unknown };

/**
 * Writes batches in their order, each in pieces.
 * B1 A piece of several parts is one transaction and one round trip. So a coordinator that stops midway leaves no transaction open, and
 *    the database undoes a failed part.
 * B2 A long part is a transaction of its own, of several round trips. It checks the term last, because the lock of that check holds up the
 *    lease's renewal. A new leader ends the session first, and with it the transaction.
 * B3 A piece of many parts is first tried as a whole, a statement for each table. If that is refused, its parts are written one by one,
 *    so that only the one at fault fails.
 */
export function createBatches({
  session,
  isCut,
  term,
  onLost,
}: BatchesDeps): (parts: Parts) => Promise<readonly Written[]> {
  let line: Promise<unknown> = Promise.resolve();
  let ended: Error | null = null;

  function end(cause: Error): Error {
    ended ??= cause;
    onLost(cause);
    return cause;
  }

  /** The result of a commit that failed with this error. The lead goes on only if the content was refused. */
  function failed(cause: unknown): { cause: unknown } {
    const state = stateOf(cause);
    // An error from the database means that nothing was stored. Any other error leaves that unknown.
    if (state === null) return { cause: end(new CommitUnknown('the database did not answer a commit', { cause })) };
    return { cause: isOfContent(state) ? cause : end(cause as Error) };
  }

  /** The answer of a function of the server, or why it did not commit. */
  async function called<Answer>(name: string, call: Call): Promise<Answer | { cause: unknown }> {
    const sql = `SELECT ${name}($term, $statements::text[], $rows::jsonb) AS results`;
    return await session.query({ sql, bound: { term, ...call } }).then(({ rows }) => rows[0].results, failed);
  }

  /** Together where that is faster; else, and if a part is refused, one by one. */
  async function writeParts({ count, events, oneByOne, together }: PartsPiece): Promise<Result[]> {
    const all = together && (await called<Result>('write_together', together));
    if (all && 'ids' in all) {
      let at = 0;
      return events.map((own) => {
        at += own;
        return { ids: all.ids.slice(at - own, at) };
      });
    }
    if (all && ended) return Array<Result>(count).fill(all);
    const results = await called<Result[]>('write_parts', oneByOne());
    return 'cause' in results ? Array<Result>(count).fill(results) : results;
  }

  async function writeLong(statements: Iterable<Statement>): Promise<Result> {
    try {
      await session.run('BEGIN');
      const written = await writeAll(statements);
      if ('cause' in written) {
        await session.run('ROLLBACK');
        return written;
      }
      await session.run(`SELECT hold_lead(${term}); COMMIT`);
      return written;
    } catch (cause) {
      await session.run('ROLLBACK').catch(() => {});
      return failed(cause);
    }
  }

  /** The ids of events, or the refusal of a statement. Any other failure rejects. */
  async function writeAll(statements: Iterable<Statement>): Promise<{ ids: number[] } | { cause: unknown }> {
    const ids: number[] = [];
    const take = ({ rows }: QueryResult): void => {
      for (const { id } of rows) if (typeof id === 'number') ids.push(id);
    };
    /** The statement under way. The next one is made meanwhile: each side needs about as long as the other. */
    let asked: Promise<QueryResult> | null = null;
    try {
      for (const { sql, given } of statements) {
        if (asked !== null) take(await asked);
        asked = session.query({ sql: sql.replaceAll('$1', '$given::jsonb'), bound: { given } });
        asked.catch(() => {});
      }
      if (asked !== null) take(await asked);
      await session.run('SET CONSTRAINTS ALL IMMEDIATE');
      return { ids };
    } catch (cause) {
      if (isOfPart(stateOf(cause))) return { cause };
      throw cause;
    }
  }

  async function write(parts: Parts): Promise<readonly Written[]> {
    const results: Result[] = [];
    for (const piece of piecesOf(parts)) {
      // Results of pieces that were stored before stay.
      const cause = ended ?? (isCut() ? new Error('the lead has ended') : null);
      if (cause) results.push(...Array<Result>(piece.count).fill({ cause }));
      else if (piece.type === 'long') results.push(await writeLong(piece.statements));
      else results.push(...(await writeParts(piece)));
    }
    return parts.map((part, index) => writtenOf(part, results[index]));
  }

  return (parts) => {
    const result = line.then(() => write(parts)).catch((cause) => parts.map(() => ({ cause })));
    line = result;
    return result;
  };
}

function writtenOf(part: readonly Write[], result: Result | undefined): Written {
  if (!result) return { cause: new Error('the database did not report on it') };
  if ('cause' in result) return result;
  if (!('ids' in result)) return { cause: Object.assign(new Error(result.message), { code: result.code }) };
  const news = part.flatMap((write) => (write.type === 'event' ? [write.event] : []));
  const events = news.map((event, index): Event => {
    const row = Object.fromEntries(Object.entries(eventRow(event)).map(([name, value]) => [name, storable(value)]));
    return { id: result.ids[index] ?? 0, ...(row as ReturnType<typeof eventRow>) };
  });
  return { events };
}
