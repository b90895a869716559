import type { DatabaseSync } from 'node:sqlite';
import type { OutputSource, OutputTarget } from './outputs.ts';

/** Outputs in a backup: rows of up to 256 KiB in the order of their bytes. `arrived_at`: when the bytes from this row on arrived, if known. */
export const OUTPUT_TABLE = `
  CREATE TABLE output (
    command_id TEXT NOT NULL,
    at_byte    INTEGER NOT NULL,
    bytes      BLOB NOT NULL,
    arrived_at INTEGER,
    PRIMARY KEY (command_id, at_byte)
  ) STRICT;
`;

const CHUNK_BYTES = 256 * 1024;

export function createBackupOutput(db: DatabaseSync): OutputSource & OutputTarget {
  const ids = db.prepare('SELECT DISTINCT command_id AS id FROM output ORDER BY command_id');
  const size = db.prepare('SELECT sum(octet_length(bytes)) AS size FROM output WHERE command_id = ?');
  const insert = db.prepare('INSERT INTO output (command_id, at_byte, bytes, arrived_at) VALUES (?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM output WHERE command_id = ?');
  const chunkAt = db.prepare(
    'SELECT at_byte, bytes FROM output WHERE command_id = $id AND at_byte <= $at ORDER BY at_byte DESC LIMIT 1',
  );
  const arrivals = db.prepare(
    'SELECT at_byte, arrived_at FROM output WHERE command_id = ? AND arrived_at IS NOT NULL ORDER BY at_byte',
  );
  return {
    ids: () => ids.all().map(({ id }) => String(id)),
    size: (id) => Number(size.get(id)?.size ?? 0),
    async append(id, offset, take, at, isMark) {
      const all = Buffer.concat([...take()]);
      for (let from = 0; from < all.length; from += CHUNK_BYTES)
        insert.run(id, offset + from, all.subarray(from, from + CHUNK_BYTES), isMark && from === 0 ? at : null);
      return all.length;
    },
    async rest() {},
    async remove(id) {
      remove.run(id);
    },
    async *read(id, offset, end) {
      for (let at = offset; at < end; ) {
        const row = chunkAt.get({ id, at });
        if (!row) return;
        const start = Number(row.at_byte);
        const piece = (row.bytes as Uint8Array).subarray(at - start, end - start);
        if (piece.length === 0) return;
        yield piece;
        at += piece.length;
      }
    },
    arrivals: async (id) =>
      arrivals.all(id).map((row) => ({ offset: Number(row.at_byte), at: Number(row.arrived_at) })),
  };
}
