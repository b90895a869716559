import { type Command, isActive, type TerminalStatus } from '../../shared/model/command.ts';
import type { OutcomeCode } from '../../shared/model/outcomes.ts';
import type { Completion, FreshnessRule, PostCheck, Thresholds } from '../../shared/ops/op-definition.ts';
import type { KillSignal } from '../../shared/ops/op-options.ts';
import { type CommandExited, REJECTION_CODES } from '../../shared/wire/protocol.ts';

/** The op's settings when it was dispatched or left the queue; a changed CONFIG does not affect it under way. */
export type Policy = {
  completion: Completion | null;
  takesSlot: boolean;
  thresholds: Thresholds;
  freshness: FreshnessRule;
  postChecks: readonly PostCheck[];
  /** Exit codes that mean "done, but not completely". */
  partialExits: readonly number[];
};

/** The process and boot that sent a frame. */
export type Sender = { instanceId: string; bootId: string };

/** The kill that the agent is owed: sent again at every welcome until the agent has given its final word. */
export type OwedKill = {
  signal: KillSignal;
  graceMs: number;
  force: boolean;
  /** Only forbids the start. A command that has begun goes on. */
  unstartedOnly?: true;
};

/** How a command ends, by its judgement or by its exit alone. */
export type Ending = { status: TerminalStatus; code: OutcomeCode | null; message?: string; hint?: string | null };

/** An activation that its host will keep or undo. */
export type GuardWatch = {
  /** When the host undoes it at the latest without a decision, by this clock and as far as known. */
  actsBy: number;
  /** When contact has lasted long enough to keep it; null without contact. */
  keepAt: number | null;
  /** Its end once it is kept: what the agent that came back showed. */
  verdict: Ending | null;
  /** The activation failed, so its host undoes it: the end that the exit alone would give. */
  failed: Ending | null;
};

/**
 * The coordinator's one record of a command.
 * R1 `command` is what consumers see; the lifecycle needs the rest to decide, stored in the same row.
 * R2 `open` is true from the first time the command is sent until the host has given its final word on it: an exit, a rejection,
 *    or a hello that proves that it is gone. A terminal command that is open may still run: the host is busy. For a guarded
 *    activation the final word is not the exit but what its guard did.
 */
export type CommandRecord = {
  command: Command;
  policy: Policy;
  open: boolean;
  /** The host's `stateId` when the command last left for it. */
  stateId: string | null;
  owedKill: OwedKill | null;
  /** By when the agent must have said something of a kill under way; null while it can't be asked. */
  killBy: number | null;
  /** The agent said that it sent signals, for the kill under way or for one that it replaced. */
  signalled: boolean;
  /** When to ask the host for a report, if none came after the exit. */
  nudgeAt: number | null;
  /** An exit by signal while the host was rebooting: the next boot says what it means. */
  shutdownExit: { exit: CommandExited; sender: Sender } | null;
  /** A reboot ended the boot that it ran in, or is about to although nobody awaits it: a signal is the shutdown's. */
  cutByReboot: boolean;
  /** `onTimeout: kill` has acted; it does so once. */
  autoKilled: boolean;
  /** Null if nothing is guarded, or its guard has ended. */
  guard: GuardWatch | null;
  /** The host refused the command after its end here, so it never ran. Absent otherwise. */
  refused?: true;
  /** The store was put back to a time when the command was active. Its host may have ended and forgotten it since. Absent otherwise. */
  putBack?: true;
};

/** A kill or cancel is on no host. */
export const runsOnHost = ({ policy }: Pick<CommandRecord, 'policy'>): boolean => policy.completion !== null;

/** It is the host's turn: the command was sent there and has not ended. */
export const isUnderWay = ({ command: { status }, policy }: Pick<CommandRecord, 'command' | 'policy'>): boolean =>
  runsOnHost({ policy }) && isActive(status) && status !== 'QUEUED';

/** Whether the command waits in the queue of a store that was put back although its host has it: a hello listed it. */
export const isQueuedThere = ({ command: { status, dispatchedAt }, putBack }: CommandRecord): boolean =>
  status === 'QUEUED' && putBack === true && dispatchedAt !== null;

/** It may be running there: under way, or ended without its host's final word. */
export const isOnHost = (record: CommandRecord): boolean => isUnderWay(record) || (runsOnHost(record) && record.open);

/** The host said that it did not run it, or it never left for the host. */
export const neverRan = ({ command, refused }: CommandRecord): boolean => {
  const { status, dispatchedAt, acceptedAt, lateResult, code } = command;
  const hasRun = isActive(status) || acceptedAt !== null || lateResult !== null;
  return refused === true || (!hasRun && (dispatchedAt === null || REJECTIONS.has(code)));
};

/** Ended by a rejection; `busy` is reported as `agent_busy`. */
const REJECTIONS: ReadonlySet<string | null> = new Set([...REJECTION_CODES, 'agent_busy']);

/** The most output it can have: the length that its host named at the end, none if it never ran, unbounded until then. */
export function outputEnd(record: CommandRecord): number {
  if (neverRan(record)) return 0;
  return hasResult(record) ? record.command.output.total : Number.POSITIVE_INFINITY;
}

/** Whether the host has reported how the command ended: an exit would say nothing new, and no report can make it run again. */
export const hasResult = ({ command, shutdownExit }: CommandRecord): boolean =>
  command.exitedAt !== null || command.lateResult !== null || shutdownExit !== null;
