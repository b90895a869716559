import type { Command } from '../../shared/command.ts';
import { readExit } from '../../shared/op-exit.ts';
import type { CommandExited } from '../../shared/protocol.ts';
import { failedActivation } from './activation-words.ts';
import { change, end, takeFinalWord, tellKill } from './change.ts';
import { accept, acceptWhileKilling, wasAccepted } from './delivery.ts';
import { type Step, unchanged } from './effect.ts';
import type { EventOf, KillOutcome } from './event.ts';
import { failureMessage } from './failure-message.ts';
import { howKilled, killOutcome, wasKilled, wasSignalledByUs } from './killed.ts';
import { outputState } from './output-state.ts';
import type { CommandRecord, Ending, Sender } from './record.ts';
import { ANY_TERMINAL, type Row, RUNNING, row } from './row.ts';
import { abortByReboot, endDone, hasComeBack, isAftermath, isOtherBoot, verify } from './verify.ts';

/** The result of the process: how an exit is read, and where it leads. */

/** A reported exit, and its reporter. */
type Exit = { exit: CommandExited; sender: Sender; at: number };

export const told = ({ exit, sighting, at }: EventOf<'exited'>): Exit => ({ exit, sender: sighting, at });

/** A matching report should follow an exit at once; after this it is asked for. */
export const NUDGE_AFTER_MS = 2_000;

/** 128 + SIGTERM, 128 + SIGKILL: how a step's shell reports a shutdown's signals. */
const CODES_OF_A_SHUTDOWN: readonly (number | null)[] = [143, 137];

/** An end that looks like a shutdown's. */
export const isByShutdown = ({ exitCode, signal }: Pick<CommandExited, 'exitCode' | 'signal'>): boolean =>
  signal !== null || CODES_OF_A_SHUTDOWN.includes(exitCode);

const isUnknown = (record: CommandRecord, exit: CommandExited): boolean =>
  exit.lost || (exit.exitCode === null && exit.signal === null && !wasKilled(record, exit));

/** While a reboot may happen, an exit by signal is the shutdown's (docs/protocol.md section 2, rule 6). */
const isOfShutdown = (record: CommandRecord, { exit, rebooting }: EventOf<'exited'>): boolean =>
  (rebooting || record.cutByReboot) && !exit.lost && !wasKilled(record, exit) && isByShutdown(exit);

const isDone = ({ policy }: CommandRecord, exit: CommandExited): boolean =>
  readExit(exit.exitCode, exit.evidence?.failedStep, policy.partialExits) !== 'failed';

const outputOf = ({ output }: Command, { outputBytes, evidence, outputGone }: CommandExited): Command['output'] =>
  outputState(output, { ...output, total: Math.max(output.total, outputBytes) }, evidence ?? null, outputGone);

/** The facts of an exit, which hold for any status. */
function result({ command }: CommandRecord, { exit, sender, at }: Exit): Partial<Command> {
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
const accepted = (record: CommandRecord, at: number): CommandRecord =>
  wasAccepted(record) ? record : acceptWhileKilling(record, at);

/** Records the exit where something else decides the end. */
export const exitedRecord = (record: CommandRecord, exit: Exit): CommandRecord => {
  const known = accepted(record, exit.at);
  return { ...known, command: { ...known.command, ...result(known, exit) } };
};

/** Records an exit that was held back for the next boot. */
export const withHeldExit = (record: CommandRecord, at: number): CommandRecord =>
  record.shutdownExit ? exitedRecord(record, { ...record.shutdownExit, at }) : record;

const hasNoResult = ({ command }: CommandRecord): boolean => command.exitedAt === null && command.lateResult === null;

/** After a good exit: awaits the op’s completion, or judges it at once if it is already known. */
function complete(record: CommandRecord, event: EventOf<'exited'>): Step {
  const { at, sighting } = event;
  const { policy, command } = record;
  const { reconnectMs, postCheckMs } = policy.thresholds;
  const patch = { ...result(record, told(event)), timeoutStatus: 'NORMAL' as const, decideBy: null };
  const rest = { open: false, owedKill: null, killBy: null, shutdownExit: null };
  const tell = tellKill(record, 'already_ended');
  const awaiting = (status: 'AWAITING_POST_CHECK' | 'AWAITING_RECONNECT', deadlines: Partial<Command>, next: string) =>
    change(
      record,
      { ...patch, ...deadlines, status },
      { at, cause: 'exited', message: `${command.op}: exited with status ${event.exit.exitCode}`, next },
      { ...rest, nudgeAt: status === 'AWAITING_POST_CHECK' ? at + NUDGE_AFTER_MS : null },
      tell,
    );
  const judgedIf = (known: (record: CommandRecord) => boolean, step: Step): Step => {
    if (!known(step.record)) return step;
    const judged = verify(step.record, sighting, at);
    return { record: judged.record, effects: [...step.effects, ...judged.effects] };
  };

  if (policy.completion === 'restart' || policy.completion === 'reboot')
    return judgedIf(
      (waiting) => hasComeBack(waiting, sighting),
      awaiting(
        'AWAITING_RECONNECT',
        { reconnectBy: at + (reconnectMs ?? 0) },
        policy.completion === 'reboot'
          ? 'the host comes back with another boot'
          : 'the agent comes back as another process',
      ),
    );
  if (policy.postChecks.length === 0) {
    const done = { ...record, command: { ...command, ...patch } };
    return endDone(done, at);
  }
  return judgedIf(
    (waiting) => isAftermath(waiting, sighting),
    awaiting('AWAITING_POST_CHECK', { postCheckBy: at + postCheckMs }, 'verifying: a report from after its end'),
  );
}

/** An end that the exit alone decides. */
const endByExit = (record: CommandRecord, exit: Exit, how: Ending, kill: KillOutcome = 'already_ended'): Step =>
  end(accepted(record, exit.at), {
    at: exit.at,
    cause: 'exited',
    ...how,
    kill,
    open: false,
    patch: result(record, exit),
  });

const howFailed = ({ command, policy }: CommandRecord, exit: CommandExited): Ending => ({
  status: 'ERROR',
  code: 'exit_nonzero',
  // The step's own reason.
  ...(exit.evidence?.failure ??
    // Only NixOS has a partial exit.
    failedActivation(command.op, exit, policy.partialExits.length > 0) ?? { message: failureMessage(exit) }),
});

const howSignalled = ({ signal }: CommandExited): Ending => ({
  status: 'ERROR',
  code: 'signalled',
  message: `${signal} ended it, and Switchyard did not send that`,
});

const LOST: Ending = { status: 'LOST', code: 'agent_lost_command' };

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

export const exitRows: readonly Row[] = [
  row({
    name: 'exited without an accept',
    from: ['PENDING'],
    on: 'exited',
    to: ['EXECUTING'],
    then: (record, event) => ({ ...accept(record, event.at, 'accepted'), again: true }),
  }),
  row({
    name: 'exited by the reboot asked for, says the next boot',
    from: RUNNING,
    on: 'exited',
    to: ['SUCCESS', 'PARTIAL', 'STALE_BINARY', 'SUSPICIOUS'],
    when: (record, event) =>
      isOfShutdown(record, event) && record.policy.completion === 'reboot' && hasComeBack(record, event.sighting),
    then: (record, event) => verify(exitedRecord(record, told(event)), event.sighting, event.at),
  }),
  row({
    name: 'exited by the shutdown, says the next boot',
    from: RUNNING,
    on: 'exited',
    to: ['ABORTED_BY_REBOOT'],
    when: (record, event) => isOfShutdown(record, event) && isOtherBoot(record, event.sighting),
    then: (record, event) => abortByReboot(exitedRecord(record, told(event)), event.sighting, event.at),
  }),
  row({
    name: 'exited by the shutdown',
    from: RUNNING,
    on: 'exited',
    to: ['EXECUTING'],
    when: isOfShutdown,
    then: (record, { at, exit, sighting: { instanceId, bootId } }) =>
      // Nothing is left to kill, neither for a person nor for a missing answer.
      change(
        accepted(record, at),
        { status: 'EXECUTING', decideBy: null },
        {
          at,
          cause: 'exited by the shutdown',
          message: `${record.command.op}: the shutdown ended it before the kill did`,
          next: 'the next boot says what became of it',
        },
        { owedKill: null, killBy: null, shutdownExit: { exit, sender: { instanceId, bootId } } },
        tellKill(record, 'already_ended'),
      ),
  }),
  row({
    name: 'the reboot is no longer awaited',
    from: RUNNING,
    on: 'reboot_over',
    to: RUNNING,
    when: ({ cutByReboot, shutdownExit }, { happens }) => cutByReboot !== happens && (happens || !shutdownExit),
    then: (record, { happens }) => ({ record: { ...record, cutByReboot: happens }, effects: [] }),
  }),
  row({
    name: 'the reboot came to nothing',
    from: RUNNING,
    on: 'reboot_over',
    to: ['ERROR'],
    when: (record, { happens }) => record.shutdownExit !== null && !happens,
    then: (record, { at }) => {
      const held = record.shutdownExit;
      if (!held) return unchanged(record);
      const { exit } = held;
      return endByExit(record, { ...held, at }, exit.signal === null ? howFailed(record, exit) : howSignalled(exit));
    },
  }),
  row({
    name: 'exit lost',
    from: RUNNING,
    on: 'exited',
    to: ['LOST'],
    when: (record, { exit }) => isUnknown(record, exit),
    then: (record, event) => endByExit(record, told(event), LOST, 'lost'),
  }),
  row({
    name: 'exited by the kill',
    from: RUNNING,
    on: 'exited',
    to: ['KILLED'],
    when: (record, { exit }) => wasKilled(record, exit),
    then: (record, event) => endByExit(record, told(event), howKilled(record, event.exit), killOutcome(event.exit)),
  }),
  row({
    name: 'exited by a signal',
    from: RUNNING,
    on: 'exited',
    to: ['ERROR'],
    when: (_, { exit }) => exit.signal !== null,
    then: (record, event) => endByExit(record, told(event), howSignalled(event.exit)),
  }),
  row({
    name: 'exited well',
    from: RUNNING,
    on: 'exited',
    to: ['AWAITING_POST_CHECK', 'AWAITING_RECONNECT', 'SUCCESS', 'PARTIAL', 'STALE_BINARY', 'SUSPICIOUS'],
    when: (record, { exit }) => isDone(record, exit),
    then: (record, event) => complete(accepted(record, event.at), event),
  }),
  row({
    name: 'exited with a failure',
    from: RUNNING,
    on: 'exited',
    to: ['ERROR'],
    then: (record, event) => endByExit(record, told(event), howFailed(record, event.exit)),
  }),
  row({
    name: 'late result',
    from: ANY_TERMINAL,
    on: 'exited',
    to: ANY_TERMINAL,
    when: (record, { exit }) =>
      // A store that was put back may have ended a command in its queue that had been sent before.
      record.open ||
      ((record.command.dispatchedAt !== null || exit.outputGone === true) &&
        hasNoResult(record) &&
        !isUnknown(record, exit)),
    then: (record, { exit, at }) =>
      takeFinalWord(record, killOutcomeOf(record, exit), {
        ...lateResult(record, exit),
        acceptedAt: record.command.acceptedAt ?? at,
      }),
  }),
];
