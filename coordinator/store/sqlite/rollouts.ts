import type { DatabaseSync } from 'node:sqlite';
import type { Quarantined, RolloutHistoryEntry } from '../../../shared/model/rollout.ts';
import type { RolloutHostRow, RolloutRecord, StoredRollout } from '../../rollout/record.ts';
import { pageOfItems } from '../page-budget.ts';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import type { StoredPolicy } from '../records.ts';
import {
  type EndRow,
  HISTORY,
  type RolloutRow,
  readEnd,
  readEntry,
  readHost,
  readPolicy,
  rolloutOf,
  rolloutPlan,
  rolloutRow,
} from '../rows/rollout-row.ts';
import { createDamages, type Damages } from './damages.ts';
import { createPageQuery } from './page-query.ts';

export type RolloutStore = AtOnce<port.RolloutStore> & {
  save(record: RolloutRecord): void;
  saveHost(rolloutId: string, host: RolloutHostRow): void;
  appendHistory(rolloutId: string, entry: RolloutHistoryEntry): void;
  quarantine(quarantined: Quarantined): void;
  unquarantine(commit: string): void;
  savePolicy(policy: StoredPolicy): void;
};

export function createRolloutStore(db: DatabaseSync, damages: Damages = createDamages(db)): RolloutStore {
  const columns = 'SELECT id, plan, state FROM rollouts';
  const insert = db.prepare(
    `INSERT INTO rollouts (id, status, created_at, lives_until, plan, state)
     VALUES ($id, $status, $createdAt, $livesUntil, $plan, $state)`,
  );
  const update = db.prepare(
    'UPDATE rollouts SET status = $status, lives_until = $livesUntil, state = $state WHERE id = $id',
  );
  const byId = db.prepare(`${columns} WHERE id = ?`);
  const live = db.prepare(`${columns} WHERE lives_until > ? ORDER BY +id`);
  const pages = createPageQuery(db, columns, {
    status: 'status = $status',
    before: 'id < $before',
  });
  const hostsOf = db.prepare('SELECT host FROM rollout_hosts WHERE rollout_id = ?');
  const ends = db.prepare(
    `SELECT id, status, record ->> '$.command.code' AS code, CASE status WHEN 'CANCELLED' THEN record END AS cancelled
     FROM commands WHERE id IN (SELECT value FROM json_each(?))`,
  );
  const saveHost = db.prepare(
    `INSERT INTO rollout_hosts (rollout_id, host_id, host) VALUES (?, ?, ?)
     ON CONFLICT (rollout_id, host_id) DO UPDATE SET host = excluded.host`,
  );
  const append = db.prepare('INSERT INTO rollout_history (rollout_id, entry) VALUES (?, ?)');
  const history = db.prepare(
    `SELECT entry FROM rollout_history WHERE rollout_id = ? ORDER BY id DESC LIMIT ${HISTORY}`,
  );
  const quarantine = db.prepare(
    'INSERT OR REPLACE INTO quarantine (commit_id, at, reason, rollout_id) VALUES (?, ?, ?, ?)',
  );
  const savePolicy = db.prepare('INSERT OR REPLACE INTO policies (name, state) VALUES (?, ?)');
  const policies = db.prepare('SELECT state FROM policies ORDER BY name');
  const unquarantine = db.prepare('DELETE FROM quarantine WHERE commit_id = ?');
  const quarantined = db.prepare(
    'SELECT commit_id AS "commit", at, reason, rollout_id AS rolloutId FROM quarantine ORDER BY at, commit_id',
  );

  /** A damaged rollout is reported and left out. */
  function whole(row: RolloutRow): StoredRollout | null {
    const record = rolloutOf(row);
    const hosts = hostsOf.all(row.id).flatMap(({ host }) => readHost(String(host)) ?? []);
    if (!record) {
      damages.found({ table: 'rollouts', id: row.id, hostId: null, lostFrom: null });
      return null;
    }
    const ids = hosts.flatMap(({ turns }) => turns.map(({ commandId }) => commandId));
    const commands = ends.all(JSON.stringify(ids)).map((row) => readEnd(row as EndRow));
    return { record, hosts, commands };
  }

  const rowsToWhole = (rows: unknown[]): StoredRollout[] => rows.flatMap((row) => whole(row as RolloutRow) ?? []);

  return {
    save(record) {
      const { createdAt, ...known } = rolloutRow(record);
      if (update.run(known).changes === 0) insert.run({ ...known, createdAt, plan: rolloutPlan(record) });
    },
    saveHost: (rolloutId, host) => void saveHost.run(rolloutId, host.hostId, JSON.stringify(host)),
    appendHistory: (rolloutId, entry) => void append.run(rolloutId, JSON.stringify(entry)),
    quarantine: ({ commit, at, reason, rolloutId }) => void quarantine.run(commit, at, reason, rolloutId),
    savePolicy: (policy) => void savePolicy.run(policy.name, JSON.stringify(policy)),
    policies: () => policies.all().flatMap(({ state }) => readPolicy(String(state)) ?? []),
    unquarantine: (commit) => void unquarantine.run(commit),
    get(id) {
      const row = byId.get(id);
      return row ? whole(row as RolloutRow) : null;
    },
    history: (id) =>
      history
        .all(id)
        .flatMap(({ entry }) => readEntry(String(entry)) ?? [])
        .reverse(),
    list({ status, before, limit }) {
      const each = (status ?? [undefined]).map(
        (one) => pages({ status: one, before }, 'DESC', limit + 1) as RolloutRow[],
      );
      const rows = each
        .flat()
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit + 1);
      const shown = pageOfItems(rows, limit, (row) => row.plan.length + row.state.length);
      return { items: rowsToWhole(shown), next: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null };
    },
    live(now, recent) {
      const rows = [...(live.all(now) as RolloutRow[]), ...(pages({}, 'DESC', recent) as RolloutRow[])];
      const byRowId = new Map(rows.map((row) => [row.id, row]));
      return rowsToWhole([...byRowId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
    },
    quarantined: () => quarantined.all().map((row) => ({ ...(row as Quarantined) })),
  };
}
