import type { DatabaseSync } from 'node:sqlite';
import { type Grant, Grants } from '../../../shared/model/grant.ts';
import { jsonReader } from '../damage.ts';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import type { ApiToken } from '../records.ts';

export type ApiTokenStore = AtOnce<port.ApiTokenStore> & {
  add(token: ApiToken): void;
  used(id: string, at: number): void;
  remove(id: string): void;
};

const readGrants = jsonReader<Grant[]>(Grants);

export function createApiTokenStore(db: DatabaseSync): ApiTokenStore {
  const insert = db.prepare(
    `INSERT INTO api_tokens (id, name, token_hash, grants, created_at, created_by, expires_at, last_used_at)
     VALUES ($id, $name, $tokenHash, $grants, $createdAt, $createdBy, $expiresAt, $lastUsedAt)`,
  );
  const use = db.prepare('UPDATE api_tokens SET last_used_at = $at WHERE id = $id');
  const remove = db.prepare('DELETE FROM api_tokens WHERE id = ?');
  const all = db.prepare(
    `SELECT id, name, token_hash AS tokenHash, grants, created_at AS createdAt, created_by AS createdBy,
       expires_at AS expiresAt, last_used_at AS lastUsedAt
     FROM api_tokens ORDER BY created_at, id`,
  );
  return {
    add: ({ grants, ...token }) => void insert.run({ ...token, grants: JSON.stringify(grants) }),
    used: (id, at) => void use.run({ id, at }),
    remove: (id) => void remove.run(id),
    list: () =>
      all.all().map((row) => {
        const token = row as Omit<ApiToken, 'grants'> & { grants: string };
        return { ...token, grants: readGrants(token.grants) ?? [] };
      }),
  };
}
