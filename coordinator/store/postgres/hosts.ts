import type { HostStore } from '../port.ts';
import type { FormerToken, StoredHost } from '../records.ts';
import { type HostRow, hostOf } from '../rows/host-row.ts';
import type { Damages } from './damages.ts';
import type { Database } from './database.ts';
import { inBulk } from './in-bulk.ts';
import { PAGE_ROWS, pagesOf } from './pages.ts';

const SELECT = `SELECT id, seq, name, tags, created_at, maintenance, hello, report, seen_at AS last_seen_at, sampled_at, metrics
  FROM hosts JOIN last_reports ON last_reports.host_id = hosts.id JOIN last_seen ON last_seen.host_id = hosts.id`;
const FORMER = 'SELECT host_id AS id, until FROM former_tokens';

export function createHostStore({ ask }: Pick<Database, 'ask'>, damages: Damages): HostStore {
  const toHost = (row: HostRow): StoredHost => {
    const { host, isDamaged } = hostOf(row);
    if (isDamaged) damages.found({ table: 'hosts', id: host.id, hostId: host.id, lostFrom: null });
    return host;
  };
  return {
    idByTokenHash: inBulk(async (hashes) => {
      const sql = 'SELECT token_hash, id FROM hosts WHERE token_hash = ANY($hashes)';
      const rows = await ask<{ tokenHash: string; id: string }>({ sql, bound: { hashes } });
      return new Map(rows.map(({ tokenHash, id }) => [tokenHash, id]));
    }),
    async byFormerTokenHash(tokenHash) {
      const [row] = await ask<FormerToken>({ sql: `${FORMER} WHERE token_hash = $tokenHash`, bound: { tokenHash } });
      return row ?? null;
    },
    formerTokens: () => ask<FormerToken>({ sql: FORMER }),
    async list() {
      const hosts: { seq: number; host: StoredHost }[] = [];
      const sql = `${SELECT} WHERE id > $after ORDER BY id LIMIT ${PAGE_ROWS}`;
      const pages = pagesOf<HostRow & { seq: number }>((last) => ask({ sql, bound: { after: last?.id ?? '' } }));
      for await (const rows of pages) for (const { seq, ...row } of rows) hosts.push({ seq, host: toHost(row) });
      return hosts.sort((a, b) => a.seq - b.seq).map(({ host }) => host);
    },
  };
}
