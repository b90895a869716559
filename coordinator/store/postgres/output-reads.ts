import type { Arrival, OutputKeeper } from '../../output/keeper.ts';
import type { Ask } from './database.ts';
import { dayOf } from './output-rows.ts';

const PIECE_BYTES = 64 * 1024;
const ROWS_AT_ONCE = 16;

type OutputReads = {
  sizes(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
} & Pick<OutputKeeper, 'read' | 'arrivals'>;

/** Reads outputs as the session or transaction of `ask` sees them. */
export function createOutputReads(ask: Ask): OutputReads {
  return {
    async sizes(ids) {
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
  };
}
