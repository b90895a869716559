import { execa } from 'execa';
import type { FailedUnits } from '../../shared/model/report.ts';
import type { Clock } from '../../shared/time/clock.ts';

/** As switch-to-configuration counts them: one that waits for its next try has failed too. */
export const LIST_FAILED = [
  'systemctl',
  'list-units',
  '--state=failed,auto-restart',
  '--plain',
  '--no-legend',
  '--no-pager',
] as const;

/** The names of units in what `LIST_FAILED` prints. */
export const unitsIn = (listing: string): string[] =>
  listing
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0] ?? '')
    .filter((name) => name !== '');

/** Between two looks, unless a command has ended meanwhile. */
const EVERY_MS = 30_000;
const ANSWER_MS = 10_000;

export type FailedUnitsProbe = {
  /** The last sample; takes another, for a later report, where one is due. `lastEnded`: the last command that has ended here. */
  latest(now: { isWatched: boolean; lastEnded: string | null }): FailedUnits | null;
  /** A watcher asks. Takes a sample as soon as the interval allows. */
  ask(): void;
};

/** Null where no systemd answers. */
export async function listFailed(): Promise<string[] | null> {
  const [program, ...args] = LIST_FAILED;
  const { exitCode, stdout } = await execa(program, args, { reject: false, stdin: 'ignore', timeout: ANSWER_MS });
  return exitCode === 0 ? unitsIn(stdout) : null;
}

/**
 * Samples failed units with one `systemctl` at a time: after each command, and every 30 s while a guard or a gate watches. An idle agent
 * starts nothing.
 */
export function createFailedUnits(deps: {
  clock: Clock;
  list(): Promise<string[] | null>;
  /** There is a new sample. */
  onSample(): void;
}): FailedUnitsProbe {
  const { clock } = deps;
  let sample: FailedUnits | null = null;
  let lookedAt: number | null = null;
  let seenEnd: string | null = null;
  let isAsked = false;
  let isLooking = false;

  async function look(): Promise<void> {
    isLooking = true;
    isAsked = false;
    lookedAt = clock.monotonic();
    const sampledAt = clock.now();
    const names = await deps.list().catch(() => null);
    sample = names && { names, sampledAt };
    isLooking = false;
    deps.onSample();
  }

  return {
    latest({ isWatched, lastEnded }) {
      const isLate = lookedAt === null || clock.monotonic() - lookedAt >= EVERY_MS;
      if (!isLooking && (lastEnded !== seenEnd || ((isWatched || isAsked) && isLate))) {
        seenEnd = lastEnded;
        void look();
      }
      return sample;
    },
    ask() {
      isAsked = true;
    },
  };
}
