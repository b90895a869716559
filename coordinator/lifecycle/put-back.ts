import { isActive } from '../../shared/model/command.ts';
import { REMEMBERED_MS } from '../../shared/wire/protocol.ts';
import { change, end, takeFinalWord } from './change.ts';
import { wasAccepted } from './delivery.ts';
import type { Effect, Step } from './effect.ts';
import type { EventOf } from './event.ts';
import { exitedRecord, howEndedBadly, killOutcomeOf, told } from './exit.ts';
import { isGuardedExit } from './guard-watch.ts';
import { remindOfKill } from './kill.ts';
import { type CommandRecord, type Ending, hasResult, isQueuedThere } from './record.ts';
import { ANY_ACTIVE, ANY_TERMINAL, type Row, RUNNING, row } from './row.ts';
import { endDone, hasComeBack, isAftermath, isOutlived, verify } from './verify.ts';

/**
 * Commands of a store that was put back: a copy was restored, or a replica that lacked commits took over (docs/protocol.md section 12).
 * B1 A host's silence proves nothing: it may have run and ended the command, and then forgotten it. So the host is asked.
 * B2 The question is an expired `command.run`: the host answers with its state of the id, and never starts it.
 * B3 Only a host that still remembers commands of that age can answer that it never ran one.
 * B4 The host's present state proves nothing about a command after which it ran others (verify.ts).
 */

const ENDS = ['SUCCESS', 'PARTIAL', 'STALE_BINARY', 'SUSPICIOUS', 'ERROR', 'KILLED', 'LOST'] as const;

/** How far in the past `notAfter` lies, so that it has passed on every clock. */
const EXPIRED_MS = 24 * 3_600_000;

function question({ command, policy }: CommandRecord, at: number): Effect {
  const { id, op, options } = command;
  const { killGraceMs } = policy.thresholds;
  const notAfter = Math.max(0, at - EXPIRED_MS);
  return { type: 'send', frame: { type: 'command.run', payload: { id, op, options, killGraceMs, notAfter } } };
}

const isSameState = ({ stateId }: CommandRecord, hello: EventOf<'hello'>): boolean =>
  stateId === null || hello.stateId === null || stateId === hello.stateId;

const mayBeThere = ({ command: { status }, open, guard }: CommandRecord): boolean =>
  isActive(status) || (open && guard === null);

/** Whether the host must be asked: only one with the same state folder can answer. */
const isAsked = (record: CommandRecord, event: EventOf<'hello'>): boolean =>
  record.putBack === true &&
  event.listed === null &&
  isSameState(record, event) &&
  mayBeThere(record) &&
  !hasResult(record);

/** The host may have run the command and forgotten it since (B3). */
const isBeyondMemory = ({ command: { dispatchedAt } }: CommandRecord, at: number): boolean =>
  dispatchedAt !== null && at - dispatchedAt > REMEMBERED_MS;

/** Whether a repeated run may start the command a second time. */
const isTooLate = (record: CommandRecord, at: number): boolean => {
  const { status, notAfter } = record.command;
  return status === 'PENDING' && (notAfter === null || at > notAfter || isBeyondMemory(record, at));
};

/** Whether the rejection shows that nothing is left on the host of a command that was accepted, or is too old. */
const isForgotten = (record: CommandRecord, { code, at }: EventOf<'rejected'>): boolean =>
  record.putBack === true &&
  (wasAccepted(record) || isBeyondMemory(record, at)) &&
  code !== 'killed_before_start' &&
  code !== 'not_started';

/** Judges an old exit at once: no later report can show more. */
function endOld(record: CommandRecord, event: EventOf<'exited'>): Step {
  const { exit, sighting, at } = event;
  const known = exitedRecord(record, told(event));
  const { completion, postChecks } = record.policy;
  const bad = howEndedBadly(record, exit);
  const isShown = completion === 'exit' ? isAftermath(known, sighting) : hasComeBack(known, sighting);
  const good = (): Step => {
    if (completion === 'exit' && postChecks.length === 0) return endDone(known, at);
    return isShown ? verify(known, sighting, at) : ended({ status: 'PARTIAL', code: 'post_check_unverified' });
  };
  const ended = (how: Ending): Step =>
    end(known, { at, cause: 'exited', ...how, kill: killOutcomeOf(record, exit), open: false });
  return bad ? ended(bad) : good();
}

/** The exit was acknowledged before, and the host has run other commands since. */
const isOldExit = (record: CommandRecord, { exit, sighting }: EventOf<'exited'>): boolean =>
  exit.outputGone === true &&
  isOutlived(record, sighting) &&
  (howEndedBadly(record, exit) === null || isGuardedExit(record, exit, sighting));

export const putBackRows: readonly Row[] = [
  row({
    name: 'hello to a store that was put back',
    from: [...ANY_ACTIVE, ...ANY_TERMINAL],
    on: 'hello',
    to: [...ANY_ACTIVE, ...ANY_TERMINAL],
    when: (record, { putBack }) => putBack && record.putBack !== true,
    then: (record) => ({ record: { ...record, putBack: true }, effects: [], again: true }),
  }),
  row({
    name: 'hello without it, after the store was put back',
    from: ['PENDING', ...RUNNING, ...ANY_TERMINAL],
    on: 'hello',
    to: ['PENDING', ...RUNNING, ...ANY_TERMINAL],
    when: (record, event) => isAsked(record, event) && (wasAccepted(record) || isTooLate(record, event.at)),
    then: (record, { at }) => {
      const reminded = remindOfKill(record, at);
      return { record: reminded.record, effects: [question(record, at), ...reminded.effects] };
    },
  }),
  row({
    name: 'asked after the store was put back, nothing is left',
    from: ['PENDING', ...RUNNING, ...ANY_TERMINAL],
    on: 'rejected',
    to: ['LOST', ...ANY_TERMINAL],
    when: (record, event) => isForgotten(record, event) && (record.open || isActive(record.command.status)),
    then: (record, { at }) =>
      isActive(record.command.status)
        ? end(record, {
            at,
            cause: 'asked, and nothing is left',
            status: 'LOST',
            code: 'agent_lost_command',
            kill: 'lost',
            open: false,
          })
        : takeFinalWord(record, 'lost'),
  }),
  row({
    name: 'hello lists it while queued',
    from: ['QUEUED'],
    on: 'hello',
    to: ['QUEUED'],
    when: ({ command, putBack }, { listed }) => putBack === true && listed !== null && command.queuedUntil !== null,
    // The command was sent before, so it may have run even if it is cancelled now.
    then: (record, { at }) =>
      change(record, { queuedUntil: null, dispatchedAt: at }, { at, cause: 'hello', message: '' }),
  }),
  row({
    name: 'cancel of a queued command that its host has',
    from: ['QUEUED'],
    on: 'cancel',
    to: ['QUEUED'],
    when: (record) => isQueuedThere(record) && !record.open,
    // The host still owes the final frame, and a kill can reach the command.
    then: (record) => ({ record: { ...record, open: true }, effects: [], again: true }),
  }),
  row({
    name: 'exited while queued',
    from: ['QUEUED'],
    on: 'exited',
    to: ENDS,
    when: (record) => record.putBack === true,
    then: endOld,
  }),
  row({
    name: 'exited before others that the store does not know',
    from: RUNNING,
    on: 'exited',
    to: ENDS,
    when: isOldExit,
    then: endOld,
  }),
  row({
    name: 'hello after others that the store does not know',
    from: ['AWAITING_POST_CHECK', 'AWAITING_RECONNECT'],
    on: 'hello',
    to: ['PARTIAL'],
    when: (record, { sighting }) => isOutlived(record, sighting),
    then: (record, { sighting, at }) => verify(record, sighting, at),
  }),
];
