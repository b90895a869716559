import type { Quarantined } from '../../../shared/model/rollout.ts';
import type { CommandEnd, StoredRollout } from '../../rollout/record.ts';
import { pageOfItems } from '../page-budget.ts';
import type { RolloutStore } from '../port.ts';
import { pageSql } from '../rows/page-sql.ts';
import {
  type EndRow,
  HISTORY,
  type RolloutRow,
  readEnd,
  readEntry,
  readHost,
  readPolicy,
  rolloutOf,
} from '../rows/rollout-row.ts';
import type { Damages } from './damages.ts';
import type { Database } from './database.ts';

const SELECT = 'SELECT id, plan, state FROM rollouts';
const FILTERS = { status: 'status = $status', before: 'id < $before' };

export function createRolloutStore({ ask }: Pick<Database, 'ask'>, damages: Damages): RolloutStore {
  async function commandsOf(ids: readonly string[]): Promise<CommandEnd[]> {
    const ends = await ask<EndRow>({
      sql: `SELECT id, status, code, CASE status WHEN 'CANCELLED' THEN record END AS cancelled
            FROM commands WHERE id = ANY($ids)`,
      bound: { ids },
    });
    return ends.map(readEnd);
  }

  /** A damaged rollout is reported and left out. */
  async function whole(row: RolloutRow): Promise<StoredRollout[]> {
    const record = rolloutOf(row);
    if (!record) {
      damages.found({ table: 'rollouts', id: row.id, hostId: null, lostFrom: null });
      return [];
    }
    const rows = await ask<{ host: string }>({
      sql: 'SELECT host FROM rollout_hosts WHERE rollout_id = $id ORDER BY host_id',
      bound: { id: row.id },
    });
    const hosts = rows.flatMap(({ host }) => readHost(host) ?? []);
    const ids = hosts.flatMap(({ turns }) => turns.map(({ commandId }) => commandId));
    return [{ record, hosts, commands: await commandsOf(ids) }];
  }

  async function wholeOf(rows: readonly RolloutRow[]): Promise<StoredRollout[]> {
    return (await Promise.all(rows.map(whole))).flat();
  }

  const newest = (values: { status?: string; before?: string | undefined }, limit: number): Promise<RolloutRow[]> =>
    ask<RolloutRow>(pageSql(SELECT, FILTERS, values, 'DESC', limit));

  return {
    async get(id) {
      const rows = await ask<RolloutRow>({ sql: `${SELECT} WHERE id = $id`, bound: { id } });
      return (await wholeOf(rows))[0] ?? null;
    },
    async history(id) {
      const rows = await ask<{ entry: string }>({
        sql: `SELECT entry FROM rollout_history WHERE rollout_id = $id ORDER BY id DESC LIMIT ${HISTORY}`,
        bound: { id },
      });
      return rows.flatMap(({ entry }) => readEntry(entry) ?? []).reverse();
    },
    async list({ status, before, limit }) {
      const each = (status ?? [undefined]).map((one) => newest({ ...(one && { status: one }), before }, limit + 1));
      const rows = (await Promise.all(each))
        .flat()
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit + 1);
      const shown = pageOfItems(rows, limit, (row) => row.plan.length + row.state.length);
      return { items: await wholeOf(shown), next: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null };
    },
    async live(now, recent) {
      const alive = await ask<RolloutRow>({ sql: `${SELECT} WHERE lives_until > $now`, bound: { now } });
      const byRowId = new Map([...alive, ...(await newest({}, recent))].map((row) => [row.id, row]));
      return await wholeOf([...byRowId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
    },
    async policies() {
      const rows = await ask<{ state: string }>({ sql: 'SELECT state FROM policies ORDER BY name', bound: {} });
      return rows.flatMap(({ state }) => readPolicy(state) ?? []);
    },
    quarantined: () =>
      ask<Quarantined>({
        sql: 'SELECT commit_id AS commit, at, reason, rollout_id FROM quarantine ORDER BY at, commit_id',
      }),
  };
}
