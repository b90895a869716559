import type { Clock } from '../../shared/time/clock.ts';

export type ServerClock = {
  /** The coordinator's wall clock, in ms; this host's own until the coordinator has sent it. */
  now(): number;
  /** `serverTime` was read some time within the last `roundTripMs`. */
  learn(serverTime: number, roundTripMs: number): void;
};

/**
 * The latest time that the coordinator's clock can show. A command judged `expired` a moment early did not run, which is true;
 * one that starts late may have been reported as undelivered. Runs on the time since boot: setting this host's clock does not
 * move it, and it goes on while this host is suspended.
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
