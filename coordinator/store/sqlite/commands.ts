import type { DatabaseSync } from 'node:sqlite';
import { Type } from 'typebox';
import {
  ACTIVE_STATUSES,
  Command,
  isActive,
  STATUSES,
  type Status,
  TERMINAL_STATUSES,
} from '../../../shared/command.ts';
import { builtinOp, customOp } from '../../../shared/ops.ts';
import { blankCommand, newRecord, policyOf } from '../../lifecycle/create.ts';
import type { CommandRecord } from '../../lifecycle/record.ts';
import { DAMAGED, damageMessage, jsonReader, wordOr } from '../damage.ts';
import { pageOfItems } from '../page-budget.ts';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import { createDamages, type Damages } from './damages.ts';
import { createPageQuery } from './page-query.ts';

export type CommandStore = AtOnce<port.CommandStore> & {
  /** Throws if a host's slot, or its one kill, cancel, restart or reboot, is taken. */
  save(record: CommandRecord): void;
};

/** Ends that wait for a person until a later command of that host ends SUCCESS. */
const UNSETTLED_STATUSES: ReadonlySet<Status> = new Set([
  'LOST',
  'STALE_BINARY',
  'SUSPICIOUS',
  'PARTIAL',
  'ROLLED_BACK',
]);

const isUnsettled = ({ op, status, code }: Command): boolean =>
  builtinOp(op)?.executor !== 'coordinator' &&
  (UNSETTLED_STATUSES.has(status) ||
    (status === 'TIMEOUT' && code === 'no_reconnect') ||
    (status === 'ERROR' && code === 'rollback_failed'));

const quoted = (statuses: readonly Status[]) => statuses.map((status) => `'${status}'`).join(', ');

const byAge = (a: CommandRecord, b: CommandRecord): number => (a.command.id < b.command.id ? -1 : 1);

type Row = Pick<Command, 'id' | 'hostId' | 'op' | 'status' | 'dispatchId' | 'createdAt'> & {
  takesSlot: number;
  open: number;
  sentAt: number;
  endedAt: number | null;
  record: string;
};

/** The length of its record. */
type Sized = { id: string; bytes: number };

const columnsOf = (table: string): string =>
  `${table}.id, ${table}.host_id AS hostId, ${table}.op, ${table}.status, ${table}.dispatch_id AS dispatchId,
   ${table}.created_at AS createdAt, ${table}.takes_slot AS takesSlot, ${table}.open, ${table}.sent_at AS sentAt,
   ${table}.ended_at AS endedAt, ${table}.record`;

const readStored = jsonReader<CommandRecord>(
  Type.Object({
    command: Command,
    policy: Type.Object({
      takesSlot: Type.Boolean(),
      thresholds: Type.Object({}),
      postChecks: Type.Array(Type.Unknown()),
      partialExits: Type.Array(Type.Integer()),
    }),
    open: Type.Boolean(),
  }),
);

/** Records of 0.1 know nothing of guards. */
function readRecord(text: string): CommandRecord | null {
  const read = readStored(text);
  return (
    read && {
      ...read,
      guard: read.guard ?? null,
      command: { ...read.command, decision: read.command.decision ?? null },
    }
  );
}

/** The row's record; null if it is damaged or belongs to another row. */
function soundRecord({ id, hostId, record }: Row): CommandRecord | null {
  const read = readRecord(record);
  return read && read.command.id === id && read.command.hostId === hostId ? read : null;
}

/** Stands in for a damaged record: what the row's columns say, and nothing more. */
function substitute({ takesSlot, open, sentAt, endedAt, status, record: _, ...known }: Row): CommandRecord {
  const asked = { options: {}, force: false, requestedBy: 'unknown', targetCommandId: null };
  const command: Command = {
    ...blankCommand({ ...known, ...asked }),
    status: wordOr(STATUSES, status, 'LOST'),
    dispatchedAt: sentAt,
    finishedAt: endedAt,
    code: DAMAGED,
    message: damageMessage({ table: 'commands', id: known.id }),
  };
  const op = builtinOp(known.op) ?? customOp(known.op, 'exit');
  const policy = { ...policyOf({ op, platform: null }), takesSlot: takesSlot === 1 };
  return { ...newRecord(command, policy), open: open === 1 };
}

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
  // From each word that a status has to the next one: a step down the index for each word, however many rows have it.
  const strays = db.prepare(
    `WITH RECURSIVE words(word) AS (
       SELECT min(status) FROM commands
       UNION ALL SELECT (SELECT min(status) FROM commands WHERE status > word) FROM words WHERE word IS NOT NULL)
     SELECT ${columns} FROM words JOIN commands ON status = word WHERE word NOT IN (${quoted(STATUSES)})`,
  );
  const giveUp = db.prepare('UPDATE commands SET status = ?, open = 0, ended_at = ?, unsettled = ? WHERE id = ?');

  const toRecord = (row: unknown): CommandRecord => {
    const read = row as Row;
    const sound = soundRecord(read);
    if (!sound) damages.found({ table: 'commands', id: read.id, hostId: read.hostId, lostFrom: null });
    return sound ?? substitute(read);
  };

  /** Null if it is damaged: it is given up, in its columns alone. */
  const toLive = (row: unknown): CommandRecord | null => {
    const read = row as Row;
    const { id, hostId, status, sentAt, endedAt } = read;
    const sound = soundRecord(read);
    if (sound) return sound;
    if (isActive(status)) giveUp.run('LOST', sentAt, 1, id);
    else giveUp.run(status, endedAt ?? sentAt, Number(UNSETTLED_STATUSES.has(status)), id);
    damages.found({ table: 'commands', id, hostId, lostFrom: isActive(status) ? status : null });
    return null;
  };

  /** For a row with an unknown status: the status in the record is restored; LOST if the record has none, or one that can't be any more. */
  const mend = (row: Row): void => {
    const { id, hostId, sentAt, endedAt } = row;
    const sound = soundRecord(row);
    if (!sound) giveUp.run('LOST', endedAt ?? sentAt, 1, id);
    else
      try {
        write(sound);
      } catch {
        const said = { code: DAMAGED, message: damageMessage({ table: 'commands', id }), finishedAt: sentAt };
        write({ ...sound, open: false, command: { ...sound.command, status: 'LOST', ...said } });
      }
    damages.found({ table: 'commands', id, hostId, lostFrom: null, mended: sound !== null });
  };

  const page = createPageQuery(db, 'SELECT id, octet_length(record) AS bytes FROM commands', {
    hostId: 'host_id = $hostId',
    status: 'status = $status',
    op: 'op = $op',
    dispatchId: 'dispatch_id = $dispatchId',
    before: 'id < $before',
  });

  function pageOf(rows: readonly Sized[], limit = rows.length): port.CommandPage {
    const shown = pageOfItems(rows, limit, ({ bytes }) => bytes);
    const items = shown.map(({ id }) => toRecord(byId.get(id)));
    return { items, next: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null };
  }

  function write(record: CommandRecord): void {
    const { command } = record;
    save.run({
      id: command.id,
      hostId: command.hostId,
      op: command.op,
      status: command.status,
      takesSlot: Number(record.policy.takesSlot),
      open: Number(record.open),
      dispatchId: command.dispatchId,
      createdAt: command.createdAt,
      sentAt: command.dispatchedAt ?? command.createdAt,
      endedAt: isActive(command.status) ? null : (command.finishedAt ?? command.createdAt),
      unsettled: Number(isUnsettled(command)),
      record: JSON.stringify(record),
    });
  }

  const get = (id: string): CommandRecord | null => {
    const row = byId.get(id);
    return row ? toRecord(row) : null;
  };

  return {
    save: write,
    get,
    getAll: (ids) => ids.flatMap((id) => get(id) ?? []),
    live() {
      for (const row of strays.all()) mend(row as Row);
      return live.all().flatMap((row) => toLive(row) ?? []);
    },
    list({ status, active, limit, ...filter }) {
      // One walk down an index per status, never more than a page of each: no sort over all commands that ever had that status.
      const rows = (narrowed(status, active) ?? [undefined])
        .flatMap((one) => page({ ...filter, status: one }, 'DESC', limit + 1) as Sized[])
        .sort((a, b) => (a.id < b.id ? 1 : -1));
      return pageOf(rows, limit);
    },
    byDispatch: (dispatchId, after) => pageOf(byDispatch.all(dispatchId, after ?? '') as Sized[]),
    lastEnded: (hostId, ops) =>
      ops
        .flatMap((op) => lastEnded.all(hostId, op))
        .map(toRecord)
        .sort(byAge),
    latestPerHost: () => latestPerHost.all().map(toRecord),
    unsettled: () => unsettled.all().map(toRecord),
  };
}

/** The statuses that both filters allow; undefined if neither is set. */
function narrowed(status: readonly Status[] | undefined, active: boolean | undefined): readonly Status[] | undefined {
  if (active === undefined) return status && [...new Set(status)];
  const allowed: readonly Status[] = active ? ACTIVE_STATUSES : TERMINAL_STATUSES;
  return status ? allowed.filter((one) => status.includes(one)) : allowed;
}
