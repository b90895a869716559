import type { Command } from './command.ts';

/**
 * A host's span is believed if it fits into the time that passed here. It may exceed that by this much: clocks are read in whole
 * milliseconds, and slewed.
 */
const SLACK_MS = 1_000;

type Times = Pick<Command, 'dispatchedAt' | 'acceptedAt' | 'startedAt' | 'exitedAt' | 'finishedAt'>;

/**
 * How long the command's process ran, or has run by `now`, in milliseconds; null before the host had it. `startedAt` and
 * `exitedAt` are the host's clock, everything else is the coordinator's, and so must `now` be. Both ends of a span come from one
 * clock, or a host ten minutes off would add them. If the host's clock was set meanwhile, only the coordinator's is left.
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

/** The median run time of these commands, in milliseconds; null without any. `now`: the coordinator's clock. */
export function usualMs(commands: readonly Times[], now: number): number | null {
  const spans = commands.flatMap((command) => runTime(command, now) ?? []).sort((one, other) => one - other);
  return spans[Math.floor((spans.length - 1) / 2)] ?? null;
}
