import { type Command, isActive } from '../../shared/model/command.ts';
import { CONTACT_MS, type DecisionWord, RETURN_AFTER_GUARD_MS } from '../../shared/ops/guard.ts';
import { change, end, takeFinalWord, tell } from './change.ts';
import { type Step, unchanged } from './effect.ts';
import type { EventOf, Sighting } from './event.ts';
import { NUDGE_AFTER_MS } from './exit.ts';
import {
  actsBy,
  decisionOf,
  isLeftToGuard,
  isUndecidedThere,
  newWatch,
  optionsOf,
  outcomeOf,
  returnBy,
  sendDecision,
} from './guard-watch.ts';
import type { CommandRecord, Ending, GuardWatch } from './record.ts';
import { hasComeBack, judge } from './verify.ts';

/** The steps about a guard: its judgement, decision and delivery, and the end that a report shows. */

/** The record's watch; a command that ended before its guard was heard of gets one now. */
const watchOf = (record: CommandRecord, sighting: Sighting, at: number): GuardWatch | null =>
  record.guard ??
  (!isActive(record.command.status) && isLeftToGuard(record, sighting) ? newWatch(record, at, null) : null);

export const isWatched = (record: CommandRecord, { sighting, at }: EventOf<'hello' | 'report'>): boolean =>
  watchOf(record, sighting, at) !== null;

export const isOver = (record: CommandRecord, { sighting, at }: EventOf<'hello' | 'report'>): boolean => {
  const guard = watchOf(record, sighting, at);
  return guard !== null && outcomeOf(record, guard, sighting).kind !== 'going';
};

/** A command whose end this still decides; others only wait for the guard to leave their host. */
const mayKeep = ({ command: { status, code } }: CommandRecord): boolean =>
  status === 'AWAITING_RECONNECT' || (status === 'TIMEOUT' && code === 'no_reconnect');

/** Turns a report on a finished guard into the command's end. */
export function conclude(record: CommandRecord, sighting: Sighting, at: number): Step {
  const guard = watchOf(record, sighting, at);
  if (!guard) return unchanged(record);
  if (!isActive(record.command.status)) return takeFinalWord(record, 'already_ended');
  const outcome = outcomeOf(record, guard, sighting);
  const ended = (how: Ending, patch: Partial<Command> = {}): Step =>
    end(record, {
      at,
      cause: 'the guard',
      ...how,
      kill: 'already_ended',
      open: false,
      patch: { ...patch, after: sighting.report },
    });
  if (outcome.kind === 'over') {
    const { kind: _, message, ...how } = outcome;
    const why =
      how.code === 'activation_failed' ? guard.failed?.message : how.code === 'unproven' && guard.verdict?.message;
    return ended({ ...how, message: why ? `${message}: ${why}` : message });
  }
  // The guard's end does not matter: the command's own end was reported, or can't be known.
  if (guard.failed) return ended(guard.failed);
  if (guard.verdict) return ended(guard.verdict);
  if (hasComeBack(record, sighting)) {
    const { verdict, ...how } = judge(record, sighting);
    return ended(how, { verdict });
  }
  // A person was faster than the agent's restart.
  return change(
    record,
    { status: 'AWAITING_RECONNECT', reconnectBy: at + (record.policy.thresholds.reconnectMs ?? 0) },
    { at, cause: 'kept', message: `${record.command.op}: kept`, next: 'the agent comes back as another process' },
    { guard: null, open: false, nudgeAt: null },
  );
}

/** The one decision: sent to the host at once if it is online, else at its welcome. */
export function decide(
  record: CommandRecord,
  { word, actor, at, online }: { word: DecisionWord; actor: string; at: number; online: boolean },
): Step {
  const { command, policy } = record;
  const guard = record.guard ?? newWatch(record, at, null);
  const isByPerson = actor !== 'system';
  const isWaiting = isActive(command.status);
  const isDelivered = word === 'keep' && online && isWaiting;
  const words = {
    at,
    cause: word,
    ...(isByPerson && { actor }),
    message: `${command.op}: ${
      word === 'keep'
        ? isByPerson
          ? `${actor} keeps the new system`
          : 'the host is in contact: the new system is kept'
        : isByPerson
          ? `${actor} undoes it`
          : 'not proved to be a success: it is undone'
    }`,
    next:
      word === 'keep' ? 'a report shows that profile and boot default lead to it' : 'a report shows the system before',
  };
  const step = change(
    record,
    {
      decision: { word, actor, at },
      ...(isDelivered && { status: 'AWAITING_POST_CHECK' as const, postCheckBy: at + policy.thresholds.postCheckMs }),
      ...(isWaiting && { reconnectBy: Math.max(returnBy(record, guard), at + RETURN_AFTER_GUARD_MS) }),
    },
    words,
    { guard: { ...guard, keepAt: null }, nudgeAt: isDelivered ? at + NUDGE_AFTER_MS : null },
    online ? [sendDecision(record, word)] : [],
  );
  return isDelivered ? step : { ...step, effects: [tell(words), ...step.effects] };
}

/** For a guard that goes on: its deadline may have moved, contact may have begun, the decision may not have arrived. */
export function goOn(record: CommandRecord, event: EventOf<'hello' | 'report'>, isWelcome: boolean): Step {
  const { sighting, at } = event;
  const known = watchOf(record, sighting, at);
  if (!known) return unchanged(record);
  const isUndecided = isUndecidedThere(record, sighting);
  // Each welcome begins contact again. After a decision, contact keeps nothing.
  const keepAt = isUndecided && !isWelcome ? known.keepAt : null;
  const guard = { ...known, keepAt, actsBy: actsBy(known, record, sighting, at) };
  const moved: CommandRecord =
    record.command.status === 'AWAITING_RECONNECT'
      ? { ...record, guard, command: { ...record.command, reconnectBy: returnBy(record, guard) } }
      : { ...record, guard };
  const decision = decisionOf(record);
  if (decision) return isWelcome ? remind(moved, decision.word, event) : { record: moved, effects: [] };
  const isContact = isWelcome && !guard.failed && mayKeep(record) && sighting.guards && isUndecided;
  if (!isContact || !hasComeBack(record, sighting)) return { record: moved, effects: [] };
  const { verdict, ...how } = judge(record, sighting);
  const seen: CommandRecord = {
    ...moved,
    guard: { ...guard, verdict: how, keepAt: at + CONTACT_MS },
    command: isActive(record.command.status) ? { ...moved.command, verdict, after: sighting.report } : moved.command,
  };
  return optionsOf(record).isProof && how.status !== 'SUCCESS'
    ? decide(seen, { word: 'undo', actor: 'system', at, online: true })
    : { record: seen, effects: [] };
}

/** A keep decided while the host was offline waits for its proof from its welcome on. */
function remind(record: CommandRecord, word: DecisionWord, { at, sighting }: EventOf<'hello' | 'report'>): Step {
  if (!sighting.guards) return { record, effects: [] };
  const { command, policy } = record;
  const send = [sendDecision(record, word)];
  if (word === 'undo' || command.status !== 'AWAITING_RECONNECT') return { record, effects: send };
  return change(
    record,
    { status: 'AWAITING_POST_CHECK', postCheckBy: at + policy.thresholds.postCheckMs },
    {
      at,
      cause: 'keep',
      message: `${command.op}: the host is told to keep it`,
      next: 'a report shows that it is kept',
    },
    { nudgeAt: at + NUDGE_AFTER_MS },
    send,
  );
}

/** The step, followed by the guard's step for the same sighting. */
export function look(step: Step, sighting: Sighting, at: number): Step {
  const event = { type: 'report' as const, sighting, at };
  const next = isOver(step.record, event) ? conclude(step.record, sighting, at) : goOn(step.record, event, true);
  return { record: next.record, effects: [...step.effects, ...next.effects] };
}
