import { assertNever } from '../../shared/assert-never.ts';
import { isActive } from '../../shared/model/command.ts';
import { clockSpan } from '../../shared/time/spans.ts';
import { type Announcement, change, end } from './change.ts';
import type { Effect, Step } from './effect.ts';
import type { DeadlineName } from './event.ts';
import type { CommandRecord, Sender } from './record.ts';
import { type Row, row } from './row.ts';

/** Deadlines are data of the command; these rows say what each means once it has passed. */

export type Deadline = { name: DeadlineName; at: number };

/** Deadlines that wait for a host or a person, and would be unfair while the coordinator could not hear them. `nudgeAt` only asks. */
export const needsHearing = (name: DeadlineName): boolean => name !== 'queuedUntil' && name !== 'nudgeAt';

export function dueAt({ command, ...record }: CommandRecord, name: DeadlineName): number | null {
  if (name === 'keepAt') return record.guard?.keepAt ?? null;
  return name === 'killBy' || name === 'nudgeAt' ? record[name] : command[name];
}

/** The deadlines that count in the command's present status. */
function armed({ command, open, guard }: CommandRecord): readonly DeadlineName[] {
  const { status, timeoutStatus } = command;
  if (!isActive(status)) return open ? ['killBy', 'keepAt'] : [];
  switch (status) {
    case 'QUEUED':
      return ['queuedUntil'];
    case 'PENDING':
      return timeoutStatus === 'NORMAL' ? ['notAfter'] : ['decideBy'];
    case 'EXECUTING':
      if (timeoutStatus === 'TIMED_OUT') return ['decideBy'];
      return timeoutStatus === 'WARNING' ? ['timeoutAt'] : ['warningAt', 'timeoutAt'];
    case 'KILLING':
      return ['killBy'];
    case 'AWAITING_POST_CHECK':
      return ['nudgeAt', 'postCheckBy'];
    case 'AWAITING_RECONNECT':
      // It is back; first decide whether it stays.
      return guard !== null && guard.keepAt !== null ? ['keepAt'] : ['reconnectBy'];
    default:
      return assertNever(status);
  }
}

/** The soonest deadline that counts now, or null if the command waits on a host or a person. */
export function nextDeadline(record: CommandRecord): Deadline | null {
  let soonest: Deadline | null = null;
  for (const name of armed(record)) {
    const due = dueAt(record, name);
    if (due !== null && (soonest === null || due < soonest.at)) soonest = { name, at: due };
  }
  return soonest;
}

export const passed = (name: DeadlineName) => (record: CommandRecord, event: { name: DeadlineName; at: number }) => {
  const due = dueAt(record, name);
  return event.name === name && due !== null && event.at >= due && armed(record).includes(name);
};

const sinceAccepted = ({ command: { acceptedAt } }: CommandRecord, now: number): string =>
  clockSpan(now - (acceptedAt ?? now));

/** When `onTimeout: kill` acts without an answer; null if a person is awaited. */
function decision({ policy, autoKilled, shutdownExit }: CommandRecord, now: number): number | null {
  const kills = policy.thresholds.onTimeout === 'kill' && !autoKilled && !shutdownExit;
  return kills ? now + policy.thresholds.decisionMs : null;
}

/** The obstructing kill may wait for an activation: each failed try is a command and an event of its own. */
const againAfter = ({ policy }: CommandRecord): number => Math.max(policy.thresholds.decisionMs, 30_000);

/** It takes too long: from now on it waits for an answer. */
function ask(
  record: CommandRecord,
  { at, cause, message, level }: Pick<Announcement, 'at' | 'cause' | 'message' | 'level'>,
) {
  const decideBy = decision(record, at);
  const next = `a person decides: wait, kill, or stop tracking it${decideBy === null ? '' : '; else it is killed'}`;
  const told = { at, cause, message: `${record.command.op}: ${message}`, next, level };
  return change(record, { timeoutStatus: 'TIMED_OUT', decideBy }, told);
}

/**
 * An activation may not take longer than its op. No decision is recorded: a host that has no guard yet forgets this, and a guard that does
 * not hear it ends the activation by a limit of its own.
 */
const undoOfHanging = ({ policy, command: { id } }: CommandRecord): Effect[] =>
  policy.completion === 'restart' ? [{ type: 'send', frame: { type: 'command.undo', payload: { id } } }] : [];

const withEffects = (step: Step, effects: readonly Effect[]): Step => ({
  record: step.record,
  effects: [...step.effects, ...effects],
});

/** The agent is there, but has not shown what completes the op. */
function notAsAwaited({ command, policy, guard }: CommandRecord, seen: Sender): { message: string; hint: string } {
  if (guard)
    return {
      message: 'The agent is there, but nothing that it reports shows what became of the activation',
      hint: "Look at the guard on the host (systemctl list-units 'switchyard-guard*'), and which system is active there.",
    };
  const isOther = seen.instanceId !== command.exitInstanceId;
  if (policy.completion !== 'reboot')
    return {
      message: 'The agent is there, but it is the process from before: it was not restarted',
      hint: 'Look at why the service manager did not restart it (systemctl status switchyard-agent), then restart it there.',
    };
  if (command.bootId === null)
    return {
      message: 'The agent is there, but which boot the command left from is not known',
      hint: 'Look on the host how long it has been up (uptime).',
    };
  return isOther
    ? {
        message:
          'The agent came back from the same boot id: the host did not reboot, or its boot id stays the same over a reboot',
        hint: 'Look on the host how long it has been up (uptime). A container, and a board without entropy, keep their boot id, and so prove no reboot.',
      }
    : {
        message: 'The host did not reboot: the agent from before is there, from the same boot id',
        hint: 'Look on the host at what holds the reboot up (systemctl list-jobs, systemd-inhibit), then reboot it again.',
      };
}

export const deadlineRows: readonly Row[] = [
  row({
    name: 'queued too long',
    from: ['QUEUED'],
    on: 'deadline',
    to: ['EXPIRED'],
    when: passed('queuedUntil'),
    then: (record, event) =>
      end(record, {
        at: event.at,
        cause: 'queuedUntil',
        status: 'EXPIRED',
        code: 'expired',
        kill: 'already_ended',
        open: false,
      }),
  }),
  row({
    name: 'not accepted in time',
    from: ['PENDING'],
    on: 'deadline',
    to: ['PENDING'],
    when: passed('notAfter'),
    then: (record, { at }) =>
      ask(record, { at, cause: 'notAfter', message: 'the host has not accepted it in time', level: 'warn' }),
  }),
  row({
    name: 'warning',
    from: ['EXECUTING'],
    on: 'deadline',
    to: ['EXECUTING'],
    when: passed('warningAt'),
    then: (record, event) =>
      change(
        record,
        { timeoutStatus: 'WARNING' },
        {
          at: event.at,
          cause: 'warningAt',
          message: `${record.command.op}: still runs after ${sinceAccepted(record, event.at)}`,
          next: 'its exit, or the timeout',
          level: 'warn',
        },
      ),
  }),
  row({
    name: 'timed out',
    from: ['EXECUTING'],
    on: 'deadline',
    to: ['EXECUTING'],
    when: passed('timeoutAt'),
    then: (record, { at }) => {
      const message = `timed out after ${sinceAccepted(record, at)}`;
      return withEffects(ask(record, { at, cause: 'timeoutAt', message, level: 'error' }), undoOfHanging(record));
    },
  }),
  row({
    name: 'no answer in time',
    from: ['PENDING', 'EXECUTING'],
    on: 'deadline',
    to: ['PENDING', 'EXECUTING'],
    when: passed('decideBy'),
    then: (record, event) => ({
      // If another kill on the host is in the way, try again; `kill` itself records that it has acted.
      record: { ...record, command: { ...record.command, decideBy: event.at + againAfter(record) } },
      effects: [{ type: 'auto-kill' }],
    }),
  }),
  row({
    name: 'no report yet',
    from: ['AWAITING_POST_CHECK'],
    on: 'deadline',
    to: ['AWAITING_POST_CHECK'],
    when: passed('nudgeAt'),
    then: (record) => ({
      record: { ...record, nudgeAt: null },
      effects: [{ type: 'send', frame: { type: 'heartbeat.request', payload: {} } }],
    }),
  }),
  row({
    name: 'no fresh report in time',
    from: ['AWAITING_POST_CHECK'],
    on: 'deadline',
    to: ['PARTIAL'],
    when: passed('postCheckBy'),
    then: (record, event) =>
      end(record, {
        at: event.at,
        cause: 'postCheckBy',
        status: 'PARTIAL',
        code: record.guard ? 'keep_unverified' : 'post_check_unverified',
        kill: 'already_ended',
        // The decision is sent again until a report answers it.
        open: true,
      }),
  }),
  row({
    name: 'not back in time',
    from: ['AWAITING_RECONNECT'],
    on: 'deadline',
    to: ['TIMEOUT'],
    when: passed('reconnectBy'),
    then: (record, event) =>
      end(record, {
        at: event.at,
        cause: 'reconnectBy',
        status: 'TIMEOUT',
        code: 'no_reconnect',
        ...(event.seen && notAsAwaited(record, event.seen)),
        kill: 'already_ended',
        // A guarded activation still awaits a decision.
        open: true,
      }),
  }),
];
