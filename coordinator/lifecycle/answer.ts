import type { Command } from '../../shared/model/command.ts';
import { change, end, takeFinalWord } from './change.ts';
import { GOES_ON, leave, wasAccepted } from './delivery.ts';
import type { Step } from './effect.ts';
import type { DeadlineName } from './event.ts';
import { forbidStart } from './kill.ts';
import type { CommandRecord } from './record.ts';
import { ANY_ACTIVE, ANY_TERMINAL, type Row, row } from './row.ts';

/** People's decisions about a command, and outside events: a removed host, a clock that was set. */

const MINUTE_MS = 60_000;

/** Whether the command waits for this answer now (docs/protocol.md section 3, timeout-action). */
export function takesAnswer({ command }: CommandRecord, action: 'wait' | 'kill' | 'ignore'): boolean {
  if (command.status !== 'EXECUTING' && command.status !== 'PENDING') return false;
  return command.timeoutStatus === 'TIMED_OUT' || (command.timeoutStatus === 'WARNING' && action !== 'ignore');
}

/** Ends a command whose process, if any, goes on untracked; one that has not started never will. */
function abandon(record: CommandRecord, how: Omit<Parameters<typeof end>[1], 'kill' | 'open'>): Step {
  const held = record.shutdownExit?.exit;
  const mayStart = record.open && !wasAccepted(record) && record.owedKill === null;
  const ended = end(record, {
    ...how,
    ...(mayStart ? { hint: 'The host is told not to start it, and is busy until it has answered.' } : {}),
    kill: 'already_ended',
    open: !held,
    ...(held && { patch: { lateResult: { exitCode: held.exitCode, signal: held.signal, endedAt: held.endedAt } } }),
  });
  if (!mayStart) return ended;
  const forbidden = forbidStart(ended.record);
  return { record: forbidden.record, effects: [...ended.effects, ...forbidden.effects] };
}

const SHIFTED: readonly Exclude<DeadlineName, 'killBy' | 'nudgeAt' | 'keepAt'>[] = [
  'queuedUntil',
  'notAfter',
  'warningAt',
  'timeoutAt',
  'decideBy',
  'postCheckBy',
  'reconnectBy',
];

function shift(record: CommandRecord, byMs: number): CommandRecord {
  const later = (at: number | null): number | null => (at === null ? null : at + byMs);
  const command: Command = { ...record.command };
  for (const name of SHIFTED) command[name] = later(command[name]);
  const guard = record.guard && {
    ...record.guard,
    actsBy: record.guard.actsBy + byMs,
    keepAt: later(record.guard.keepAt),
  };
  return { ...record, command, guard, killBy: later(record.killBy), nudgeAt: later(record.nudgeAt) };
}

export const answerRows: readonly Row[] = [
  row({
    name: 'wait for the start',
    from: ['PENDING'],
    on: 'wait',
    to: ['PENDING'],
    when: (record) => takesAnswer(record, 'wait'),
    then: (record, { at, actor, minutes, host }) => {
      const { notAfter, extendedMs } = record.command;
      const until = Math.max(notAfter ?? at, at + minutes * MINUTE_MS);
      const left = leave(record, host, until);
      return change(
        left.record,
        { timeoutStatus: 'NORMAL', decideBy: null, extendedMs: extendedMs + until - (notAfter ?? at) },
        { at, cause: 'wait', actor, message: `${record.command.op}: ${actor} waits ${minutes} min more for its start` },
        {},
        [left.send],
      );
    },
  }),
  row({
    name: 'wait',
    from: ['EXECUTING'],
    on: 'wait',
    to: ['EXECUTING'],
    when: (record) => takesAnswer(record, 'wait'),
    then: (record, { at, actor, minutes }) => {
      const { timeoutAt, extendedMs } = record.command;
      const until = Math.max(timeoutAt ?? at, at + minutes * MINUTE_MS);
      return change(
        record,
        {
          timeoutStatus: 'NORMAL',
          timeoutAt: until,
          warningAt: null,
          decideBy: null,
          extendedMs: extendedMs + until - (timeoutAt ?? at),
        },
        {
          at,
          cause: 'wait',
          actor,
          message: `${record.command.op}: ${actor} waits ${minutes} min more`,
          next: 'its exit',
        },
      );
    },
  }),
  row({
    name: 'ignore',
    from: ['PENDING', 'EXECUTING'],
    on: 'ignore',
    to: ['TIMEOUT'],
    when: (record) => takesAnswer(record, 'ignore'),
    then: (record, { at, actor }) =>
      abandon(record, {
        at,
        actor,
        cause: 'ignore',
        status: 'TIMEOUT',
        code: 'timeout_ignored',
        ...(wasAccepted(record) ? {} : { message: 'The host did not accept it in time, and a person stopped waiting' }),
      }),
  }),
  row({
    name: 'cancel',
    from: ANY_ACTIVE,
    on: 'cancel',
    to: ['CANCELLED'],
    then: (record, { at, actor }) =>
      abandon(record, {
        at,
        actor,
        cause: 'cancel',
        status: 'CANCELLED',
        code: 'cancelled',
        message: `No longer tracked: cancelled by ${actor}`,
        ...(record.open && !record.shutdownExit
          ? {
              hint: record.guard
                ? 'Its host goes back to the system before, unless a person keeps the new one.'
                : GOES_ON,
            }
          : {}),
      }),
  }),
  row({
    name: 'host removed from the queue',
    from: ['QUEUED'],
    on: 'host_removed',
    to: ['CANCELLED'],
    then: (record, { at, actor }) =>
      end(record, {
        at,
        actor,
        cause: 'host removed',
        status: 'CANCELLED',
        code: 'host_removed',
        kill: 'lost',
        open: false,
      }),
  }),
  row({
    name: 'host removed',
    from: ANY_ACTIVE,
    on: 'host_removed',
    to: ['LOST'],
    then: (record, { at, actor }) =>
      end(record, {
        at,
        actor,
        cause: 'host removed',
        status: 'LOST',
        code: 'host_removed',
        kill: 'lost',
        open: false,
      }),
  }),
  row({
    name: 'host removed after its end',
    from: ANY_TERMINAL,
    on: 'host_removed',
    to: ANY_TERMINAL,
    when: (record) => record.open,
    then: (record) => takeFinalWord(record, 'lost'),
  }),
  row({
    name: 'clock shifted',
    from: [...ANY_ACTIVE, ...ANY_TERMINAL],
    on: 'shifted',
    to: [...ANY_ACTIVE, ...ANY_TERMINAL],
    when: ({ command, killBy, guard }) => ANY_ACTIVE.includes(command.status) || killBy !== null || guard !== null,
    then: (record, { byMs }) => ({ record: shift(record, byMs), effects: [] }),
  }),
];
