import type { Command } from '../../../shared/model/command.ts';
import { runTime } from '../../../shared/model/run-time.ts';
import { clockSpan } from '../../../shared/time/spans.ts';
import { shortTime, type Zone } from './duration.ts';

/** The next thing to happen to a command by itself, in a few words; `at` by the coordinator's clock. */
export type Deadline = { at: number; text: string; isOverdue: boolean };

/** Null if there is no deadline. */
export function deadlineOf(command: Command, now: number, zone: Zone): Deadline | null {
  const { status, timeoutStatus, queuedUntil, notAfter, timeoutAt, reconnectBy, postCheckBy, decideBy } = command;
  const by = (at: number | null, before: string, after: string): Deadline | null => {
    if (at === null) return null;
    if (now > at) return { at, text: `${after} ${clockSpan(now - at)}`, isOverdue: true };
    return { at, text: `${before} ${shortTime(at, now, zone)}`, isOverdue: false };
  };
  if (timeoutStatus === 'TIMED_OUT' && decideBy !== null) return by(decideBy, 'killed', 'kill overdue');
  switch (status) {
    case 'QUEUED':
      return by(queuedUntil, 'expires', 'expired');
    case 'PENDING':
      return by(notAfter, 'asks', 'overdue');
    case 'EXECUTING':
      return by(timeoutAt, 'asks', 'overdue');
    case 'AWAITING_RECONNECT':
      return by(reconnectBy, 'back by', 'overdue');
    case 'AWAITING_POST_CHECK':
      return by(postCheckBy, 'proof by', 'overdue');
    default:
      return null;
  }
}

export type TimeBar = {
  /** The share of the time up to the deadline that has passed, 0 to 1. */
  elapsed: number;
  /** The warning's place on the bar, 0 to 1; null if there is none. */
  warning: number | null;
};

/** The command's time since it was accepted against its deadline; null if it has no such deadline. */
export function timeBarOf({ status, acceptedAt, warningAt, timeoutAt }: Command, now: number): TimeBar | null {
  if (status !== 'EXECUTING' || acceptedAt === null || timeoutAt === null || timeoutAt <= acceptedAt) return null;
  const whole = timeoutAt - acceptedAt;
  const share = (at: number) => Math.min(1, Math.max(0, (at - acceptedAt) / whole));
  return { elapsed: share(now), warning: warningAt === null ? null : share(warningAt) };
}

/** `0:12` of running time; null before the host accepted it. */
export function elapsedOf(command: Command, now: number): string | null {
  const ran = runTime(command, now);
  return ran === null ? null : clockSpan(ran);
}
