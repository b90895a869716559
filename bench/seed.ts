import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashToken, newToken } from '../coordinator/auth/tokens.ts';
import { openStore, type SqliteStore } from '../coordinator/store/sqlite/store.ts';
import { newId } from '../shared/ids.ts';

/** A coordinator's data folder with hosts in it, made without a coordinator. */
export type Seeded = {
  dataDir: string;
  hostIds: readonly string[];
  adminToken: string;
  /** The hosts' tokens, one a line. */
  tokensFile: string;
};

/** `more` may write further content. */
export async function seedHosts(
  dir: string,
  hosts: number,
  more: (seed: { store: SqliteStore; hostIds: readonly string[]; dataDir: string }) => void = () => {},
): Promise<Seeded> {
  const dataDir = join(dir, 'data');
  const tokensFile = join(dir, 'tokens');
  const adminToken = newToken();
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, 'admin-token'), adminToken, { mode: 0o600 });
  const known = Array.from({ length: hosts }, (_, index) => ({
    id: newId(),
    name: `host-${index}`,
    token: newToken(),
  }));
  await writeFile(tokensFile, known.map(({ token }) => `${token}\n`).join(''), { mode: 0o600 });
  const hostIds = known.map(({ id }) => id);
  const store = openStore({ dataDir });
  try {
    store.transaction(() => {
      for (const { id, name, token } of known)
        store.hosts.create({ id, name, tags: ['simulated'], tokenHash: hashToken(token), createdAt: Date.now() });
    });
    more({ store, hostIds, dataDir });
  } finally {
    store.close();
  }
  return { dataDir, hostIds, adminToken, tokensFile };
}
