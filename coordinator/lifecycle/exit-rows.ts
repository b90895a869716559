import type { Command } from '../../shared/model/command.ts';
import { change, end, takeFinalWord, tellKill } from './change.ts';
import { accept } from './delivery.ts';
import { type Step, unchanged } from './effect.ts';
import type { EventOf, KillOutcome } from './event.ts';
import {
  accepted,
  type Exit,
  exitedRecord,
  howFailed,
  howSignalled,
  isByShutdown,
  isDone,
  isUnknown,
  killOutcomeOf,
  LOST,
  lateResult,
  NUDGE_AFTER_MS,
  resultOf,
  told,
} from './exit.ts';
import { howKilled, killOutcome, wasKilled } from './killed.ts';
import type { CommandRecord, Ending } from './record.ts';
import { ANY_TERMINAL, type Row, RUNNING, row } from './row.ts';
import { abortByReboot, endDone, hasComeBack, isAftermath, isOtherBoot, verify } from './verify.ts';

/** The rows for an exit. */

/** While a reboot may happen, an exit by signal is the shutdown's (docs/protocol.md section 2, rule 6). */
const isOfShutdown = (record: CommandRecord, { exit, rebooting }: EventOf<'exited'>): boolean =>
  (rebooting || record.cutByReboot) && !exit.lost && !wasKilled(record, exit) && isByShutdown(exit);

const hasNoResult = ({ command }: CommandRecord): boolean => command.exitedAt === null && command.lateResult === null;

/** After a good exit: awaits the op’s completion, or judges it at once if it is already known. */
function complete(record: CommandRecord, event: EventOf<'exited'>): Step {
  const { at, sighting } = event;
  const { policy, command } = record;
  const { reconnectMs, postCheckMs } = policy.thresholds;
  const patch = { ...resultOf(record, told(event)), timeoutStatus: 'NORMAL' as const, decideBy: null };
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
    patch: resultOf(record, exit),
  });

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
