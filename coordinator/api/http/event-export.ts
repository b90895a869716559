import type { Event } from '../../../shared/model/event.ts';
import type { EventSpan, EventStore } from '../../store/port.ts';

export const EXPORT_FORMATS = ['json', 'csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const EXPORT_TYPES: Readonly<Record<ExportFormat, string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
};

/** Events per read: a long span or a slow reader takes little memory, and no read blocks others. */
const PIECE = 100;

export type EventsDeps = {
  store: { events: Pick<EventStore, 'span'> };
  /** Runs the callback once everything that waits has had its turn. */
  defer: (run: () => void) => void;
};

/** The events of a span that `fits`, piece by piece, at most `limit`. Between two pieces everything else has a turn. */
export async function* eventsOf(
  { store, defer }: EventsDeps,
  span: Omit<EventSpan, 'limit'>,
  { fits, limit }: { fits: (event: Event) => boolean; limit: number },
): AsyncGenerator<Event[], void> {
  let left = limit;
  for (let cursor = span.cursor; left > 0; ) {
    const piece = await store.events.span({ ...span, ...(cursor !== undefined && { cursor }), limit: PIECE });
    cursor = piece.at(-1)?.id;
    const fitting = piece.filter(fits).slice(0, left);
    left -= fitting.length;
    if (fitting.length > 0) yield fitting;
    if (piece.length < PIECE) return;
    // Without this the loop may never yield: SQLite answers at once, and a socket may accept everything.
    await new Promise<void>(defer);
  }
}

/** A whole answer in one of the formats. `named` puts people's names beside their subjects. */
export async function* exportOf(
  pieces: AsyncIterable<Event[]>,
  format: ExportFormat,
  named: (events: Event[]) => Event[],
): AsyncGenerator<string, void> {
  if (format === 'csv') yield csvLine(COLUMNS);
  if (format === 'json') yield '{"items":[';
  let isFirst = true;
  for await (const piece of pieces) {
    const events = named(piece);
    if (format === 'csv') yield events.map(csvOf).join('');
    else if (format === 'ndjson') yield events.map((event) => `${JSON.stringify(event)}\n`).join('');
    else yield `${isFirst ? '' : ','}${events.map((event) => JSON.stringify(event)).join(',')}`;
    isFirst = false;
  }
  if (format === 'json') yield '],"next":null}';
}

const COLUMNS = [
  ...(['id', 'time', 'at', 'level', 'category', 'actor', 'address', 'hostId', 'commandId', 'code'] as const),
  ...(['message', 'next', 'actorName'] as const),
];

const csvOf = (event: Event): string =>
  csvLine(COLUMNS.map((column) => (column === 'time' ? new Date(event.at).toISOString() : (event[column] ?? ''))));

const csvLine = (cells: readonly unknown[]): string => `${cells.map(csvCell).join(',')}\r\n`;

/** RFC 4180. A cell that a spreadsheet would compute gets an apostrophe before it: hosts and people choose some of its text. */
function csvCell(cell: unknown): string {
  // `String` puts a number's text into a cache, which keeps it until a full collection.
  const text = typeof cell === 'number' ? JSON.stringify(cell) : String(cell);
  const harmless = typeof cell === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
