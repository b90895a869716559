import type { Command } from '../../shared/model/command.ts';
import { readExit } from '../../shared/model/op-exit.ts';
import type { CommandExited } from '../../shared/wire/protocol.ts';
import { failedActivation } from './activation-words.ts';
import { acceptWhileKilling, wasAccepted } from './delivery.ts';
import type { EventOf, KillOutcome } from './event.ts';
import { failureMessage } from './failure-message.ts';
import { howKilled, killOutcome, wasKilled, wasSignalledByUs } from './killed.ts';
import { outputState } from './output-state.ts';
import type { CommandRecord, Ending, Sender } from './record.ts';

/** Reads an exit: the result of the process. */

/** A reported exit, and its reporter. */
export type Exit = { exit: CommandExited; sender: Sender; at: number };

export const told = ({ exit, sighting, at }: EventOf<'exited'>): Exit => ({ exit, sender: sighting, at });

/** A matching report should follow an exit at once; after this it is asked for. */
export const NUDGE_AFTER_MS = 2_000;

/** 128 + SIGTERM, 128 + SIGKILL: how a step's shell reports a shutdown's signals. */
const CODES_OF_A_SHUTDOWN: readonly (number | null)[] = [143, 137];

/** An end that looks like a shutdown's. */
export const isByShutdown = ({ exitCode, signal }: Pick<CommandExited, 'exitCode' | 'signal'>): boolean =>
  signal !== null || CODES_OF_A_SHUTDOWN.includes(exitCode);

export const isUnknown = (record: CommandRecord, exit: CommandExited): boolean =>
  exit.lost || (exit.exitCode === null && exit.signal === null && !wasKilled(record, exit));

export const isDone = ({ policy }: CommandRecord, exit: CommandExited): boolean =>
  readExit(exit.exitCode, exit.evidence?.failedStep, policy.partialExits) !== 'failed';

const outputOf = ({ output }: Command, { outputBytes, evidence, outputGone }: CommandExited): Command['output'] =>
  outputState(output, { ...output, total: Math.max(output.total, outputBytes) }, evidence ?? null, outputGone);

/** The facts of an exit, which hold for any status. */
export function resultOf({ command }: CommandRecord, { exit, sender, at }: Exit): Partial<Command> {
  const { kill } = command;
  return {
    exitedAt: exit.endedAt,
    startedAt: command.startedAt ?? exit.startedAt,
    exitCode: exit.exitCode,
    signal: exit.signal,
    exitInstanceId: exit.exitInstanceId ?? sender.instanceId,
    evidence: exit.evidence ?? null,
    output: outputOf(command, exit),
    kill: kill && {
      ...kill,
      // By this clock, like the rest of the record; the exit has the host's own times.
      escalatedAt: kill.escalatedAt ?? (exit.kill?.killAt == null ? null : at),
      confirmedAt: kill.confirmedAt ?? (wasSignalledByUs(exit) ? at : null),
    },
  };
}

/** A late exit, added to a command that ended without it. */
export function lateResult(record: CommandRecord, exit: CommandExited): Partial<Command> {
  const { exitCode, signal, endedAt } = exit;
  return {
    output: outputOf(record.command, exit),
    ...(isUnknown(record, exit) ? {} : { lateResult: { exitCode, signal, endedAt } }),
  };
}

/** A KILLING command whose accept was never seen: the exit proves it. */
export const accepted = (record: CommandRecord, at: number): CommandRecord =>
  wasAccepted(record) ? record : acceptWhileKilling(record, at);

/** Records the exit where something else decides the end. */
export const exitedRecord = (record: CommandRecord, exit: Exit): CommandRecord => {
  const known = accepted(record, exit.at);
  return { ...known, command: { ...known.command, ...resultOf(known, exit) } };
};

/** Records an exit that was held back for the next boot. */
export const withHeldExit = (record: CommandRecord, at: number): CommandRecord =>
  record.shutdownExit ? exitedRecord(record, { ...record.shutdownExit, at }) : record;

export const howFailed = ({ command, policy }: CommandRecord, exit: CommandExited): Ending => ({
  status: 'ERROR',
  code: 'exit_nonzero',
  // The step's own reason.
  ...(exit.evidence?.failure ??
    // Only NixOS has a partial exit.
    failedActivation(command.op, exit, policy.partialExits.length > 0) ?? { message: failureMessage(exit) }),
});

export const howSignalled = ({ signal }: CommandExited): Ending => ({
  status: 'ERROR',
  code: 'signalled',
  message: `${signal} ended it, and Switchyard did not send that`,
});

export const LOST: Ending = { status: 'LOST', code: 'agent_lost_command' };

/** The end that a bad exit leads to; null for a good exit. */
export function howEndedBadly(record: CommandRecord, exit: CommandExited): Ending | null {
  if (isUnknown(record, exit)) return LOST;
  if (wasKilled(record, exit)) return howKilled(record, exit);
  if (exit.signal !== null) return howSignalled(exit);
  return isDone(record, exit) ? null : howFailed(record, exit);
}

/** The news in this exit for a kill under way, if any. */
export function killOutcomeOf(record: CommandRecord, exit: CommandExited): KillOutcome {
  if (isUnknown(record, exit)) return 'lost';
  return wasKilled(record, exit) ? killOutcome(exit) : 'already_ended';
}
