import { type Command, isActive } from '../../../shared/model/command.ts';
import { isAlreadyCurrent } from '../../../shared/model/outcomes.ts';
import { isActiveRollout, type Rollout } from '../../../shared/model/rollout.ts';

/** The program's exit statuses. */
export const EXIT = {
  success: 0,
  badEnd: 1,
  usage: 2,
  unproved: 3,
  notAllowed: 4,
  nothingRan: 5,
  stillRunning: 6,
  unreachable: 7,
  detached: 130,
  /** As a shell reports SIGPIPE: the reader of the output has stopped reading. */
  brokenPipe: 141,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

type Ended = Pick<Command, 'status' | 'acceptedAt' | 'code'>;

/** How one command ended, or that it has not. */
export function exitStatusOf({ status, acceptedAt, code }: Ended): ExitStatus {
  if (isActive(status)) return EXIT.stillRunning;
  // If there was nothing to do, everything is as requested.
  if (isAlreadyCurrent({ status, code })) return EXIT.success;
  switch (status) {
    case 'SUCCESS':
      return EXIT.success;
    case 'PARTIAL':
    case 'SUSPICIOUS':
    case 'LOST':
      return EXIT.unproved;
    case 'BLOCKED':
    case 'EXPIRED':
      return EXIT.nothingRan;
    case 'CANCELLED':
      return acceptedAt === null ? EXIT.nothingRan : EXIT.badEnd;
    default:
      return EXIT.badEnd;
  }
}

const ORDER: readonly ExitStatus[] = [EXIT.stillRunning, EXIT.badEnd, EXIT.unproved, EXIT.nothingRan];

/** The status of several commands: the most important one. */
export const worstOf = (commands: readonly Ended[]): ExitStatus => worstStatus(commands.map(exitStatusOf));

/** The most important of several statuses. */
export const worstStatus = (statuses: readonly ExitStatus[]): ExitStatus =>
  ORDER.find((status) => statuses.includes(status)) ?? EXIT.success;

/** The status of a rollout, by the same rules: failed hosts before hosts on which nothing ran. */
export function rolloutExit({ status, counts }: Pick<Rollout, 'status' | 'counts'>): ExitStatus {
  if (isActiveRollout(status)) return EXIT.stillRunning;
  if (status !== 'DONE' || counts.failed > 0) return EXIT.badEnd;
  return counts.deferred + counts.skipped > 0 ? EXIT.nothingRan : EXIT.success;
}
