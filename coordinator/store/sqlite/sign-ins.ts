import type { DatabaseSync } from 'node:sqlite';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import type { SignIn } from '../records.ts';

export type SignInStore = AtOnce<port.SignInStore> & {
  add(signIn: SignIn): void;
  remove(id: string): void;
};

export function createSignInStore(db: DatabaseSync): SignInStore {
  const insert = db.prepare(
    `INSERT INTO sign_ins (id, actor, address, opened_at, expires_at)
     VALUES ($id, $actor, $address, $openedAt, $expiresAt)`,
  );
  const remove = db.prepare('DELETE FROM sign_ins WHERE id = ?');
  const all = db.prepare(
    'SELECT id, actor, address, opened_at AS openedAt, expires_at AS expiresAt FROM sign_ins ORDER BY opened_at, id',
  );
  return {
    add: ({ id, actor, address, openedAt, expiresAt }) => void insert.run({ id, actor, address, openedAt, expiresAt }),
    remove: (id) => void remove.run(id),
    list: () => all.all().map((row) => ({ ...(row as SignIn) })),
  };
}
