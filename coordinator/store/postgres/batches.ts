import type { Event } from '../../../shared/event.ts';
import { CommitUnknown, type Write, type Written } from '../write.ts';
import { CHANGES, eventRow } from './changes.ts';
import { isOfContent, stateOf } from './commit.ts';
import type { Session } from './database.ts';
import { columnsOf, storable } from './sql.ts';

export type BatchesDeps = {
  session: Session;
  /** Whether the session is cut. Nothing can be sent then. */
  isCut: () => boolean;
  term: number;
  /** The lead has ended: another coordinator has it, or a commit failed. */
  onLost: (cause: Error) => void;
};

type Parts = readonly (readonly Write[])[];
type Result = { ids: number[] } | { code: string; message: string };

/**
 * Writes batches, each in one transaction and one round trip. So a coordinator that stops midway leaves no transaction open, and the
 * database undoes a failed part.
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

  async function write(parts: Parts): Promise<readonly Written[]> {
    if (ended) throw ended;
    if (isCut()) throw new Error('the lead has ended');
    const { statements, rows } = encoded(parts);
    const asked = session.query({
      sql: 'SELECT write_parts($term, $statements::text[], $rows::jsonb) AS results',
      bound: { term, statements, rows },
    });
    const { rows: answered } = await asked.catch((cause) => {
      const state = stateOf(cause);
      // An error from the database means that nothing was stored. Any other error leaves that unknown.
      if (state === null) throw end(new CommitUnknown('the database did not answer a commit', { cause }));
      throw isOfContent(state) ? cause : end(cause);
    });
    const results: Result[] = answered[0].results;
    return parts.map((part, index) => writtenOf(part, results[index]));
  }

  return (parts) => {
    const result = line.then(() => write(parts)).catch((cause) => parts.map(() => ({ cause })));
    line = result;
    return result;
  };
}

/** The batch's distinct statements, and each write as its statement's number with its row. */
function encoded(parts: Parts): { statements: string[]; rows: string } {
  const statements: string[] = [];
  const one = (write: Write): [number, unknown] => {
    const { sql, row } = CHANGES[write.type];
    if (!statements.includes(sql)) statements.push(sql);
    return [statements.indexOf(sql), columnsOf(row(write as never))];
  };
  const rows = JSON.stringify(parts.map((part) => part.map(one)));
  return { statements, rows };
}

function writtenOf(part: readonly Write[], result: Result | undefined): Written {
  if (!result) return { cause: new Error('the database did not report on it') };
  if (!('ids' in result)) return { cause: Object.assign(new Error(result.message), { code: result.code }) };
  const news = part.flatMap((write) => (write.type === 'event' ? [write.event] : []));
  const events = news.map((event, index): Event => {
    const row = Object.fromEntries(Object.entries(eventRow(event)).map(([name, value]) => [name, storable(value)]));
    return { id: result.ids[index] ?? 0, ...(row as ReturnType<typeof eventRow>) };
  });
  return { events };
}
