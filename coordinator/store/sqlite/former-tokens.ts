import type { DatabaseSync } from 'node:sqlite';
import type { FormerToken } from '../records.ts';

/** Hosts' earlier tokens, while these still work. */
export function createFormerTokens(db: DatabaseSync) {
  const keep = db.prepare(
    `INSERT INTO former_tokens (host_id, token_hash, until) SELECT id, token_hash, $until FROM hosts WHERE id = $id
     ON CONFLICT (host_id) DO UPDATE SET until = excluded.until`,
  );
  const remove = db.prepare('DELETE FROM former_tokens WHERE host_id = ?');
  const byHash = db.prepare('SELECT host_id AS id, until FROM former_tokens WHERE token_hash = ?');
  const all = db.prepare('SELECT host_id AS id, until FROM former_tokens');
  return {
    /** Keeps the present token before it is replaced. One already kept stays, because its successor was never used. */
    keep: (id: string, until: number) => void keep.run({ id, until }),
    remove: (id: string) => void remove.run(id),
    byFormerTokenHash(tokenHash: string): FormerToken | null {
      const row = byHash.get(tokenHash);
      return row ? { ...(row as FormerToken) } : null;
    },
    formerTokens: () => all.all().map((row) => ({ ...(row as FormerToken) })),
  };
}
