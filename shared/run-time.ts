import type { Command } from './command.ts';

/** A host's word on its own span is believed as far as it fits into what passed here; a clock is read in whole milliseconds, and slewed. */
const SLACK_MS = 1_000;

type Times = Pick<Command, 'dispatchedAt' | 'acceptedAt' | 'startedAt' | 'exitedAt' | 'finishedAt'>;

/**
 * How long the command's process ran, or has run by `now`, in milliseconds; null before the host had it. `startedAt` and `exitedAt` are
 * the host's clock, all else is the coordinator's, and `now` must be: a span has both its ends from one clock, or a host ten minutes off
 * would add them. Where the host's clock was set while it ran, the coordinator's is all that is left.
 */
export function runTime(
  { dispatchedAt, acceptedAt, startedAt, exitedAt, finishedAt }: Times,
  now: number,
): number | null {
  if (acceptedAt === null) return null;
  const until = finishedAt ?? now;
  if (startedAt !== null && exitedAt !== null) {
    const onHost = exitedAt - startedAt;
    if (onHost >= 0 && onHost <= until - (dispatchedAt ?? acceptedAt) + SLACK_MS) return onHost;
  }
  return Math.max(0, until - acceptedAt);
}

/** What these commands took, the middle of them, in milliseconds; null where there are none. `now`: the coordinator's clock. */
export function usualMs(commands: readonly Times[], now: number): number | null {
  const spans = commands.flatMap((command) => runTime(command, now) ?? []).sort((one, other) => one - other);
  return spans[Math.floor((spans.length - 1) / 2)] ?? null;
}
