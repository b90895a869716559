import type { Clock } from '../../shared/time/clock.ts';
import type { NamedTally } from './tally.ts';

/** Prints progress for the waiting person. */
export type Progress = {
  /** Prints the line of a finished step. */
  say(line: string): void;
  /** Prints `line` of a running step, every few seconds at most. */
  tick(line: () => string): void;
};

const TOLD_EVERY_MS = 3_000;

export function createProgress(
  clock: Pick<Clock, 'monotonic'>,
  tell: { say: (line: string) => void; tick: (line: string) => void },
): Progress {
  let toldAt = clock.monotonic();
  return {
    say(line) {
      toldAt = clock.monotonic();
      tell.say(line);
    },
    tick(line) {
      const now = clock.monotonic();
      if (now - toldAt < TOLD_EVERY_MS) return;
      toldAt = now;
      tell.tick(line());
    },
  };
}

export const sameLine = ({ name, rows, hash }: NamedTally): string =>
  `${name}: ${rows} rows, the same on both sides (${hash.slice(0, 16)})`;
