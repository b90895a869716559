import type { DatabaseSync } from 'node:sqlite';
import { ACTIVE_STATUSES } from '../../../shared/model/command.ts';
import type { CommandRecord } from '../../lifecycle/record.ts';
import { pageOfItems } from '../page-budget.ts';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import { byAge, commandRow, narrowed, quoted } from '../rows/command-row.ts';
import { createCommandRepair } from './command-repair.ts';
import { createDamages, type Damages } from './damages.ts';
import { createPageQuery } from './page-query.ts';

export type CommandStore = AtOnce<port.CommandStore> & {
  /** Throws if a host's slot, or its one kill, cancel, restart or reboot, is taken. */
  save(record: CommandRecord): void;
};

/** The length of its record. */
type Sized = { id: string; bytes: number };

const columnsOf = (table: string): string =>
  `${table}.id, ${table}.host_id AS hostId, ${table}.op, ${table}.status, ${table}.dispatch_id AS dispatchId,
   ${table}.created_at AS createdAt, ${table}.takes_slot AS takesSlot, ${table}.open, ${table}.sent_at AS sentAt,
   ${table}.ended_at AS endedAt, ${table}.record`;

export function createCommandStore(db: DatabaseSync, damages: Damages = createDamages(db)): CommandStore {
  const columns = columnsOf('commands');
  const save = db.prepare(
    `INSERT INTO commands (id, host_id, op, status, takes_slot, open, dispatch_id, created_at, sent_at, ended_at, unsettled, record)
     VALUES ($id, $hostId, $op, $status, $takesSlot, $open, $dispatchId, $createdAt, $sentAt, $endedAt, $unsettled, $record)
     ON CONFLICT (id) DO UPDATE SET status = $status, open = $open, sent_at = $sentAt, ended_at = $endedAt,
       unsettled = $unsettled, record = $record`,
  );
  const byId = db.prepare(`SELECT ${columns} FROM commands WHERE id = ?`);
  const live = db.prepare(
    `SELECT ${columns} FROM commands WHERE open = 1 OR status IN (${quoted(ACTIVE_STATUSES)}) ORDER BY id`,
  );
  const byDispatch = db.prepare(
    'SELECT id, octet_length(record) AS bytes FROM commands WHERE dispatch_id = ? AND id > ? ORDER BY id',
  );
  const lastEnded = db.prepare(
    `SELECT ${columns} FROM commands WHERE host_id = ? AND op = ? AND ended_at IS NOT NULL
     AND status NOT IN ('BLOCKED', 'EXPIRED') ORDER BY id DESC LIMIT 1`,
  );
  const latestPerHost = db.prepare(
    `SELECT ${columns} FROM hosts JOIN commands
     ON commands.id = (SELECT max(id) FROM commands WHERE host_id = hosts.id)`,
  );
  const unsettled = db.prepare(
    `SELECT ${columnsOf('bad')} FROM hosts JOIN commands AS bad ON bad.host_id = hosts.id AND bad.unsettled = 1
     WHERE NOT EXISTS (
       SELECT 1 FROM commands AS good
       WHERE good.host_id = hosts.id AND good.status = 'SUCCESS' AND good.op NOT IN ('kill', 'cancel')
         AND good.sent_at >= bad.sent_at AND good.ended_at >= bad.ended_at)
     ORDER BY bad.ended_at, bad.id`,
  );
  const write = (record: CommandRecord): void => void save.run(commandRow(record));
  const { read, readLive, mendStrays } = createCommandRepair({ db, columns, damages, write });

  const page = createPageQuery(db, 'SELECT id, octet_length(record) AS bytes FROM commands', {
    hostId: 'host_id = $hostId',
    status: 'status = $status',
    op: 'op = $op',
    dispatchId: 'dispatch_id = $dispatchId',
    before: 'id < $before',
  });

  function pageOf(rows: readonly Sized[], limit = rows.length): port.CommandPage {
    const shown = pageOfItems(rows, limit, ({ bytes }) => bytes);
    const items = shown.map(({ id }) => read(byId.get(id)));
    return { items, next: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null };
  }

  const get = (id: string): CommandRecord | null => {
    const row = byId.get(id);
    return row ? read(row) : null;
  };

  return {
    save: write,
    get,
    getAll: (ids) => ids.flatMap((id) => get(id) ?? []),
    live() {
      mendStrays();
      return live.all().flatMap((row) => readLive(row) ?? []);
    },
    list({ status, active, limit, ...filter }) {
      // One walk down an index per status, at most a page of each: no sort over all commands that ever had that status.
      const rows = (narrowed(status, active) ?? [undefined])
        .flatMap((one) => page({ ...filter, status: one }, 'DESC', limit + 1) as Sized[])
        .sort((a, b) => (a.id < b.id ? 1 : -1));
      return pageOf(rows, limit);
    },
    byDispatch: (dispatchId, after) => pageOf(byDispatch.all(dispatchId, after ?? '') as Sized[]),
    lastEnded: (hostId, ops) =>
      ops
        .flatMap((op) => lastEnded.all(hostId, op))
        .map(read)
        .sort(byAge),
    latestPerHost: () => latestPerHost.all().map(read),
    unsettled: () => unsettled.all().map(read),
  };
}
