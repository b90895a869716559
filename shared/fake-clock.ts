import type { Clock, TimerHandle } from './clock.ts';

export type FakeClock = Clock & {
  /** Moves wall and monotonic time on, running what falls due in order. */
  advance(ms: number): void;
  /** The machine sleeps for so long: wall time goes on, monotonic time and the timers on it do not. */
  suspend(ms: number): void;
  /** This process is stopped for so long: both times go on, and its timers are late. They run at the next `advance`. */
  stall(ms: number): void;
  /** Sets the wall clock alone, as a person or NTP would. */
  setWall(now: number): void;
  /** Timers that are armed. */
  pending(): number;
};

type Alarm = { at: number; order: number; run: () => void };

/** A clock that only moves when told. Timers run on monotonic time, as Node's do. */
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
