import { assertNever } from '../../shared/assert-never.ts';
import type { Command } from '../../shared/model/command.ts';
import { partialExits } from '../../shared/model/op-exit.ts';
import { OUTCOMES } from '../../shared/model/outcomes.ts';
import type { OpDefinition, PlatformName } from '../../shared/ops/op-definition.ts';
import { leave } from './delivery.ts';
import type { Effect, Step } from './effect.ts';
import type { Decision, HostSnapshot } from './event.ts';
import type { CommandRecord, OwedKill, Policy } from './record.ts';

/** How a command is created: dispatched, with the verdict of the pre-checks. */
export type Creation = {
  id: string;
  at: number;
  op: OpDefinition;
  platform: PlatformName | null;
  hostId: string;
  dispatchId: string;
  options: Record<string, unknown>;
  force: boolean;
  requestedBy: string;
  targetCommandId?: string | null;
};

export const policyOf = ({ op, platform }: Pick<Creation, 'op' | 'platform'>): Policy => ({
  completion: op.completion,
  takesSlot: op.takesSlot,
  thresholds: op.thresholds,
  freshness: op.freshness,
  postChecks: op.postChecks,
  partialExits: partialExits(op, platform),
});

type Known = Pick<
  Command,
  'id' | 'op' | 'hostId' | 'dispatchId' | 'options' | 'force' | 'requestedBy' | 'targetCommandId' | 'createdAt'
>;

/** A new command: only its request and its author are known. */
export const blankCommand = (known: Known): Command => ({
  ...known,
  status: 'QUEUED',
  timeoutStatus: 'NORMAL',
  rev: 1,
  dispatchedAt: null,
  acceptedAt: null,
  startedAt: null,
  exitedAt: null,
  finishedAt: null,
  pid: null,
  exitCode: null,
  signal: null,
  queuedUntil: null,
  notAfter: null,
  warningAt: null,
  timeoutAt: null,
  reconnectBy: null,
  postCheckBy: null,
  decideBy: null,
  extendedMs: 0,
  kill: null,
  progress: null,
  bootId: null,
  exitInstanceId: null,
  before: null,
  after: null,
  verdict: null,
  evidence: null,
  decision: null,
  code: null,
  message: null,
  hint: null,
  output: { bytes: 0, total: 0, truncated: false },
  lateResult: null,
});

export const newRecord = (command: Command, policy: Policy): CommandRecord => ({
  command,
  policy,
  open: false,
  stateId: null,
  owedKill: null,
  killBy: null,
  signalled: false,
  nudgeAt: null,
  shutdownExit: null,
  cutByReboot: false,
  autoKilled: false,
  guard: null,
});

function blank(creation: Creation): CommandRecord {
  const { at, op, platform: _, targetCommandId = null, ...known } = creation;
  return newRecord(blankCommand({ ...known, op: op.id, targetCommandId, createdAt: at }), policyOf(creation));
}

/** The first history row and event of a record; the record itself stays as it is. */
function born(
  record: CommandRecord,
  told: { message: string; next: string | null; level?: 'info' | 'warn' | 'success' },
  more: Effect[] = [],
): Step {
  const { command } = record;
  return {
    record,
    effects: [
      {
        type: 'history',
        entry: {
          at: command.createdAt,
          from: null,
          to: command.status,
          timeoutStatus: command.timeoutStatus,
          cause: 'dispatched',
          code: command.code,
        },
      },
      {
        type: 'event',
        level: told.level ?? 'info',
        category: command.requestedBy === 'system' ? 'system' : 'audit',
        actor: command.requestedBy,
        code: command.code ?? 'dispatched',
        message: `${command.op}: ${told.message}`,
        next: told.next,
      },
      ...more,
    ],
  };
}

const withCommand = (record: CommandRecord, patch: Partial<Command>): CommandRecord => ({
  ...record,
  command: { ...record.command, ...patch },
});

/** A command for a host's agent, as the pre-checks decided. */
export function createCommand(creation: Creation, decision: Decision, host: HostSnapshot): Step {
  const record = blank(creation);
  const { at } = creation;
  switch (decision.status) {
    case 'PENDING': {
      const sent = withCommand(record, { status: 'PENDING', dispatchedAt: at });
      const left = leave(sent, host, at + creation.op.thresholds.notAfterMs);
      return born(left.record, { message: `sent by ${creation.requestedBy}`, next: 'the host accepts it' }, [
        left.send,
      ]);
    }
    case 'QUEUED': {
      const { code, message, queuedUntil } = decision;
      return born(withCommand(record, { queuedUntil, code, message }), {
        message: `queued: ${message}`,
        next: 'it is sent when its turn comes',
      });
    }
    case 'BLOCKED': {
      const { code, message } = decision;
      const blocked = { status: 'BLOCKED' as const, finishedAt: at, code, message, hint: OUTCOMES[code].hint };
      return born(withCommand(record, blocked), {
        message: `blocked: ${message}`,
        next: OUTCOMES[code].hint,
        level: 'warn',
      });
    }
    default:
      return assertNever(decision);
  }
}

/** A kill's own command: it waits for its target's end. */
export function createKill(creation: Creation, kill: OwedKill): Step {
  const record = withCommand(blank(creation), { status: 'KILLING', dispatchedAt: creation.at });
  return born(record, {
    message: `${kill.signal} to ${creation.targetCommandId}`,
    next: 'the agent ends every process of it',
  });
}

/** A kill or cancel that is done at once, because no process has to end for it. */
export function createDone(creation: Creation, message: string): Step {
  const record = withCommand(blank(creation), { status: 'SUCCESS', finishedAt: creation.at, message });
  return born(record, { message, next: null, level: 'success' });
}
