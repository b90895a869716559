/**
 * Outputs as insert-only rows, partitioned by the day of their commands' creation. Retention drops whole partitions, because deleting
 * single rows would write as much as they hold.
 */
type OutputRow = { day: string; id: string; offset: number; bytes: Uint8Array; at: number | null };

/** The rows that one call appended. All of them are stored, or none. */
export type Append = readonly OutputRow[];

/** The most bytes of a row, so that reading one does not block the loop. */
const CHUNK_BYTES = 256 * 1024;

/** The rows of an append at `offset`. `at`: when its bytes came; null if that is not recorded. Throws if the id has no day. */
export function appendOf(id: string, offset: number, pieces: readonly Uint8Array[], at: number | null): Append {
  const day = dayOf(id);
  if (day === null) throw new Error(`${id} tells no day`);
  let next = offset;
  return chunksOf(pieces).map((bytes) => {
    const row = { day, id, offset: next, bytes, at: next === offset ? at : null };
    next += bytes.length;
    return row;
  });
}

/** The parameters of `insert_output` and `append_output`, in their order; `INSERTED` names them. */
export function boundOf(appends: readonly Append[]): Record<string, unknown> {
  const rows = appends.flat();
  const column = <Name extends keyof OutputRow>(name: Name) => rows.map((row) => row[name]);
  return {
    days: column('day'),
    ids: column('id'),
    offsets: column('offset'),
    ats: column('at'),
    appends: appends.flatMap((append, index) => append.map(() => index)),
    bytes: column('bytes').map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
  };
}

export const INSERTED =
  '$appends::integer[], $days::date[], $ids::text[], $offsets::bigint[], $bytes::bytea[], $ats::bigint[]';

/** The result of `insert_output`: each refused append by its index, with the reason. */
export type Refused = readonly { append: number; code: string; message: string }[];

/** The pieces, joined and cut into rows. */
function chunksOf(pieces: readonly Uint8Array[]): Uint8Array[] {
  const all = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < all.length; at += CHUNK_BYTES) chunks.push(all.subarray(at, at + CHUNK_BYTES));
  return chunks;
}

/** The day of a command's creation, from its id (a UUIDv7); null if the id has no valid day. */
export function dayOf(id: string): string | null {
  const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  const isDay = at >= 0 && at < Date.UTC(9999, 0);
  return isDay ? new Date(at).toISOString().slice(0, 10) : null;
}

/** The smallest id of a command made at `at` or later. */
export function firstId(at: number): string {
  const hex = at.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
