import { ACTIVE_STATUSES, STATUSES } from '../../../shared/model/command.ts';
import type { CommandRecord } from '../../lifecycle/record.ts';
import { pageOfItems } from '../page-budget.ts';
import type { CommandPage, CommandStore } from '../port.ts';
import { byAge, type CommandRow, narrowed, quoted, soundRecord, substitute } from '../rows/command-row.ts';
import { pageSql } from '../rows/page-sql.ts';
import { createCommandMending } from './command-mending.ts';
import type { Damages } from './damages.ts';
import type { Database } from './database.ts';
import { inBulk } from './in-bulk.ts';
import { PAGE_ROWS, pagesOf } from './pages.ts';
import type { WriteRows } from './rows.ts';

/** A command's id and the length of its record. */
type Sized = { id: string; bytes: number };

const columnsOf = (table: string): string =>
  `SELECT ${table}.id, ${table}.host_id, ${table}.op, ${table}.status, ${table}.dispatch_id, ${table}.created_at,
     ${table}.takes_slot, ${table}.open, ${table}.sent_at, ${table}.ended_at, ${table}.record`;
const SELECT = `${columnsOf('commands')} FROM commands`;
const SIZED = 'SELECT id, octet_length(record) AS bytes FROM commands';

const FILTERS = {
  hostId: 'host_id = $hostId',
  status: 'status = $status',
  op: 'op = $op',
  dispatchId: 'dispatch_id = $dispatchId',
  before: 'id < $before',
};

/** Steps from each distinct status to the next: one step down the index for each, however many rows have it. */
const STRAYS = `WITH RECURSIVE words(word) AS (
    SELECT min(status) FROM commands
    UNION ALL SELECT (SELECT min(status) FROM commands WHERE status > word) FROM words WHERE word IS NOT NULL)
  ${columnsOf('commands')} FROM words JOIN commands ON status = word WHERE word NOT IN (${quoted(STATUSES)})`;

/**
 * The last ended command of each host and op. Ranges in place of equalities leave only the index of both for the order. Where few hosts
 * have commands, PostgreSQL would otherwise read all commands, newest first, for each host that has none.
 */
export const LAST_ENDED = `SELECT last.* FROM unnest($hosts::text[], $ops::text[]) AS asked(host, op) CROSS JOIN LATERAL (
    ${SELECT} WHERE (host_id, commands.op) >= (asked.host, asked.op) AND (host_id, commands.op) <= (asked.host, asked.op)
      AND ended_at IS NOT NULL AND status NOT IN ('BLOCKED', 'EXPIRED')
      ORDER BY host_id DESC, commands.op DESC, id DESC LIMIT 1) AS last`;

/** The newest command of each host, in pages; with a range for the same reason. */
export const LATEST_PER_HOST = `${columnsOf('commands')} FROM hosts JOIN commands
    ON commands.id = (SELECT id FROM commands WHERE host_id >= hosts.id AND host_id <= hosts.id ORDER BY host_id DESC, id DESC LIMIT 1)
  WHERE hosts.id > $after ORDER BY hosts.id LIMIT ${PAGE_ROWS}`;

export function createCommandStore(
  { ask }: Pick<Database, 'ask'>,
  writeRows: WriteRows,
  damages: Damages,
): CommandStore {
  const { mend, toLive } = createCommandMending(writeRows, damages);

  const toRecord = (row: CommandRow): CommandRecord => {
    const sound = soundRecord(row);
    if (!sound) damages.found({ table: 'commands', id: row.id, hostId: row.hostId, lostFrom: null });
    return sound ?? substitute(row);
  };

  async function getAll(ids: readonly string[]): Promise<CommandRecord[]> {
    if (ids.length === 0) return [];
    return (await ask<CommandRow>({ sql: `${SELECT} WHERE id = ANY($ids)`, bound: { ids } })).map(toRecord);
  }

  /** By host and op. */
  const lastEnded = inBulk(async (keys) => {
    const pairs = keys.map((key) => key.split(' '));
    const rows = await ask<CommandRow>({
      sql: LAST_ENDED,
      bound: { hosts: pairs.map(([host]) => host), ops: pairs.map(([, op]) => op) },
    });
    return new Map(rows.map(toRecord).map((record) => [`${record.command.hostId} ${record.command.op}`, record]));
  });

  async function pageOf(rows: readonly Sized[], limit = rows.length): Promise<CommandPage> {
    const shown = pageOfItems(rows, limit, ({ bytes }) => bytes);
    const byId = new Map((await getAll(shown.map(({ id }) => id))).map((record) => [record.command.id, record]));
    const items = shown.flatMap(({ id }) => byId.get(id) ?? []);
    return { items, next: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null };
  }

  return {
    get: async (id) => (await getAll([id]))[0] ?? null,
    getAll,
    async live() {
      for (const row of await ask<CommandRow>({ sql: STRAYS })) await mend(row);
      const sql = `${SELECT} WHERE (open = 1 OR status IN (${quoted(ACTIVE_STATUSES)})) AND id > $after
        ORDER BY id LIMIT ${PAGE_ROWS}`;
      const pages = pagesOf<CommandRow>((last) => ask({ sql, bound: { after: last?.id ?? '' } }));
      const records: CommandRecord[] = [];
      for await (const rows of pages) for (const row of rows) records.push(...(await toLive(row)));
      return records;
    },
    async list({ status, active, limit, ...filter }) {
      const pages = (narrowed(status, active) ?? [undefined]).map((one) =>
        ask<Sized>(pageSql(SIZED, FILTERS, { ...filter, status: one }, 'DESC', limit + 1)),
      );
      const rows = (await Promise.all(pages)).flat().sort((a, b) => (a.id < b.id ? 1 : -1));
      return await pageOf(rows, limit);
    },
    async byDispatch(dispatchId, after) {
      const sql = `${SIZED} WHERE dispatch_id = $dispatchId AND id > $after ORDER BY id`;
      return await pageOf(await ask<Sized>({ sql, bound: { dispatchId, after: after ?? '' } }));
    },
    async lastEnded(hostId, ops) {
      const records = await Promise.all(ops.map((op) => lastEnded(`${hostId} ${op}`)));
      return records.flatMap((record) => record ?? []).sort(byAge);
    },
    async latestPerHost() {
      const pages = pagesOf<CommandRow>((last) => ask({ sql: LATEST_PER_HOST, bound: { after: last?.hostId ?? '' } }));
      const records: CommandRecord[] = [];
      for await (const rows of pages) records.push(...rows.map(toRecord));
      return records;
    },
    async unsettled() {
      const sql = `${columnsOf('bad')} FROM hosts JOIN commands AS bad ON bad.host_id = hosts.id AND bad.unsettled = 1
          WHERE NOT EXISTS (
            SELECT 1 FROM commands AS good
            WHERE good.host_id = hosts.id AND good.status = 'SUCCESS' AND good.op NOT IN ('kill', 'cancel')
              AND good.sent_at >= bad.sent_at AND good.ended_at >= bad.ended_at)
            AND (bad.host_id, bad.id) > ($host, $after)
          ORDER BY bad.host_id, bad.id LIMIT ${PAGE_ROWS}`;
      const pages = pagesOf<CommandRow>((last) =>
        ask({ sql, bound: { host: last?.hostId ?? '', after: last?.id ?? '' } }),
      );
      const ended: { at: number; record: CommandRecord }[] = [];
      for await (const rows of pages)
        for (const row of rows) ended.push({ at: row.endedAt ?? Number.POSITIVE_INFINITY, record: toRecord(row) });
      return ended.sort((a, b) => a.at - b.at || byAge(a.record, b.record)).map(({ record }) => record);
    },
  };
}
