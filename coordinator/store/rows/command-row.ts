import { Type } from 'typebox';
import {
  ACTIVE_STATUSES,
  Command,
  isActive,
  STATUSES,
  type Status,
  TERMINAL_STATUSES,
} from '../../../shared/model/command.ts';
import { builtinOp, customOp } from '../../../shared/ops/ops.ts';
import { blankCommand, newRecord, policyOf } from '../../lifecycle/create.ts';
import type { CommandRecord } from '../../lifecycle/record.ts';
import { DAMAGED, damageMessage, jsonReader, wordOr } from '../damage.ts';

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

export const quoted = (statuses: readonly Status[]) => statuses.map((status) => `'${status}'`).join(', ');

export const byAge = (a: CommandRecord, b: CommandRecord): number => (a.command.id < b.command.id ? -1 : 1);

/** A command's row, for any database. */
export type CommandRow = Pick<Command, 'id' | 'hostId' | 'op' | 'status' | 'dispatchId' | 'createdAt'> & {
  takesSlot: number;
  open: number;
  sentAt: number;
  endedAt: number | null;
  record: string;
};

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

/** Records of 0.1 lack guards. */
export function readRecord(text: string): CommandRecord | null {
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
export function soundRecord({ id, hostId, record }: CommandRow): CommandRecord | null {
  const read = readRecord(record);
  return read && read.command.id === id && read.command.hostId === hostId ? read : null;
}

/** Stands in for a damaged record, from the row's columns alone. */
export function substitute({
  takesSlot,
  open,
  sentAt,
  endedAt,
  status,
  record: _,
  ...known
}: CommandRow): CommandRecord {
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

/** The record's columns. `unsettled`: it waits for a person. */
export function commandRow(record: CommandRecord): CommandRow & { unsettled: number } {
  const { command } = record;
  return {
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
  };
}

/** The columns of a damaged row once given up: LOST if it was active, and no longer open. */
export function givenUp({ status, sentAt, endedAt }: CommandRow): {
  status: Status;
  endedAt: number;
  unsettled: number;
} {
  if (isActive(status)) return { status: 'LOST', endedAt: sentAt, unsettled: 1 };
  return { status, endedAt: endedAt ?? sentAt, unsettled: Number(UNSETTLED_STATUSES.has(status)) };
}

/** The record as LOST, for a row that lost its status and can no longer take the record's. */
export function lostForDamage(record: CommandRecord, at: number): CommandRecord {
  const { id } = record.command;
  const said = { code: DAMAGED, message: damageMessage({ table: 'commands', id }), finishedAt: at };
  return { ...record, open: false, command: { ...record.command, status: 'LOST', ...said } };
}

/** The statuses that both filters allow; undefined if neither is set. */
export function narrowed(
  status: readonly Status[] | undefined,
  active: boolean | undefined,
): readonly Status[] | undefined {
  if (active === undefined) return status && [...new Set(status)];
  const allowed: readonly Status[] = active ? ACTIVE_STATUSES : TERMINAL_STATUSES;
  return status ? allowed.filter((one) => status.includes(one)) : allowed;
}
