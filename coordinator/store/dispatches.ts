import type { DatabaseSync } from 'node:sqlite';
import type { Dispatch } from '../../shared/dispatch.ts';

/** An answer kept for its Idempotency-Key; a key is one actor's own. */
export type KeptAnswer = {
  actor: string;
  key: string;
  /** Tells the same request from another one with the same key. */
  bodyHash: string;
  /** HTTP status and JSON text of the answer, given again as they were. */
  status: number;
  answer: string;
  at: number;
};

export type DispatchStore = {
  save(dispatch: Dispatch): void;
  get(id: string): Dispatch | null;
  /** Replaces an older answer of the same actor and key. */
  keepAnswer(answer: KeptAnswer): void;
  /** The answer given at or after `since`, that is, one that still counts. */
  keptAnswer(actor: string, key: string, since: number): KeptAnswer | null;
};

export function createDispatchStore(db: DatabaseSync): DispatchStore {
  const save = db.prepare('INSERT INTO dispatches (id, created_at, dispatch) VALUES (?, ?, ?)');
  const byId = db.prepare('SELECT dispatch FROM dispatches WHERE id = ?');
  const keep = db.prepare(
    `INSERT OR REPLACE INTO answers (actor, key, body_hash, status, answer, at)
     VALUES ($actor, $key, $bodyHash, $status, $answer, $at)`,
  );
  const kept = db.prepare(
    `SELECT actor, key, body_hash AS bodyHash, status, answer, at FROM answers WHERE actor = ? AND key = ? AND at >= ?`,
  );
  return {
    save: (dispatch) => void save.run(dispatch.id, dispatch.createdAt, JSON.stringify(dispatch)),
    get(id) {
      const row = byId.get(id);
      return row ? JSON.parse((row as { dispatch: string }).dispatch) : null;
    },
    keepAnswer: ({ actor, key, bodyHash, status, answer, at }) =>
      void keep.run({ actor, key, bodyHash, status, answer, at }),
    keptAnswer(actor, key, since) {
      const row = kept.get(actor, key, since);
      return row ? ({ ...row } as KeptAnswer) : null;
    },
  };
}
