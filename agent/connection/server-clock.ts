import type { Clock } from '../../shared/clock.ts';

export type ServerClock = {
  /** The coordinator's wall clock, in ms; this host's own until the coordinator has told it. */
  now(): number;
  /** `serverTime` was read somewhere within the last `roundTripMs`. */
  learn(serverTime: number, roundTripMs: number): void;
};

/**
 * The latest that the coordinator's clock can be: a command that is judged `expired` a moment early did not run, and that is true;
 * one that starts late may have been told to be undelivered. Runs on the time since boot: setting this host's clock does not move the
 * coordinator's, and while this host is suspended it goes on.
 */
export function createServerClock(clock: Clock): ServerClock {
  let offset: number | null = null;
  return {
    now: () => (offset === null ? clock.now() : clock.sinceBoot() + offset),
    learn(serverTime, roundTripMs) {
      offset = serverTime + roundTripMs - clock.sinceBoot();
    },
  };
}
