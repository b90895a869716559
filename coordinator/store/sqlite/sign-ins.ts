import type { DatabaseSync } from 'node:sqlite';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import type { PersonName, SignedInPerson, SignIn } from '../records.ts';
import { personText, type SignInRow, signInOf } from '../rows/sign-in-row.ts';

export type SignInStore = AtOnce<port.SignInStore> & {
  add(signIn: SignIn): void;
  setPerson(id: string, person: SignedInPerson): void;
  remove(id: string): void;
  setName(named: PersonName): void;
  removeName(actor: string): void;
};

export function createSignInStore(db: DatabaseSync): SignInStore {
  const insert = db.prepare(
    `INSERT INTO sign_ins (id, actor, address, opened_at, expires_at, person)
     VALUES ($id, $actor, $address, $openedAt, $expiresAt, $person)`,
  );
  const setPerson = db.prepare('UPDATE sign_ins SET person = $person WHERE id = $id');
  const remove = db.prepare('DELETE FROM sign_ins WHERE id = ?');
  const all = db.prepare(
    `SELECT id, actor, address, opened_at AS openedAt, expires_at AS expiresAt, person
     FROM sign_ins ORDER BY opened_at, id`,
  );
  const setName = db.prepare(
    `INSERT INTO people (actor, name, at) VALUES ($actor, $name, $at)
     ON CONFLICT (actor) DO UPDATE SET name = excluded.name, at = excluded.at`,
  );
  const removeName = db.prepare('DELETE FROM people WHERE actor = ?');
  const names = db.prepare('SELECT actor, name, at FROM people ORDER BY at, actor');
  return {
    setName: (named) => void setName.run(named),
    removeName: (actor) => void removeName.run(actor),
    names: () => names.all().map((row) => ({ ...(row as PersonName) })),
    add: ({ person, ...signIn }) => void insert.run({ ...signIn, person: personText(person) }),
    setPerson: (id, person) => void setPerson.run({ id, person: personText(person) }),
    remove: (id) => void remove.run(id),
    list: () => all.all().map((row) => signInOf({ ...(row as SignInRow) })),
  };
}
