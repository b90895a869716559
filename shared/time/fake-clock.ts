import type { Clock, TimerHandle } from './clock.ts';

export type FakeClock = Clock & {
  /** Advances wall and monotonic time, and runs due timers in order. */
  advance(ms: number): void;
  /** Suspends the machine: wall time goes on, monotonic time and its timers do not. */
  suspend(ms: number): void;
  /** Stops this process: both times go on, timers are late. They run at the next `advance`. */
  stall(ms: number): void;
  /** Sets only the wall clock, as a person or NTP would. */
  setWall(now: number): void;
  /** Number of armed timers. */
  pending(): number;
};

type Alarm = { at: number; order: number; run: () => void };

/** A clock that moves only when told. Timers run on monotonic time, like Node's. */
export function createFakeClock(start = 1_700_000_000_000): FakeClock {
  let monotonic = 0;
  let wallOffset = start;
  let suspended = 0;
  let order = 0;
  const alarms = new Set<Alarm>();

  const soonest = (until: number): Alarm | undefined => {
    let found: Alarm | undefined;
    for (const alarm of alarms) {
      if (alarm.at > until) continue;
      if (!found || alarm.at < found.at || (alarm.at === found.at && alarm.order < found.order)) found = alarm;
    }
    return found;
  };

  return {
    now: () => wallOffset + monotonic,
    monotonic: () => monotonic,
    sinceBoot: () => monotonic + suspended,
    setTimeout(run, delayMs) {
      const alarm: Alarm = { at: monotonic + Math.max(0, delayMs), order: order++, run };
      alarms.add(alarm);
      return alarm;
    },
    clearTimeout(handle: TimerHandle | null | undefined) {
      if (handle) alarms.delete(handle as Alarm);
    },
    advance(ms) {
      const until = monotonic + ms;
      for (let due = soonest(until); due; due = soonest(until)) {
        alarms.delete(due);
        monotonic = Math.max(monotonic, due.at);
        due.run();
      }
      monotonic = until;
    },
    suspend(ms) {
      wallOffset += ms;
      suspended += ms;
    },
    stall(ms) {
      monotonic += ms;
    },
    setWall(now) {
      wallOffset = now - monotonic;
    },
    pending: () => alarms.size,
  };
}
