import { Cron } from 'croner';

/** Times of a five-field cron pattern in a time zone. A time skipped by a clock change comes at the end of the gap. */
export type CronTimes = {
  /** The first time after `at`; null if there is none. */
  after(at: number): number | null;
};

export type CronReading = { kind: 'times'; times: CronTimes } | { kind: 'fault'; fault: string };

/** @param timezone Must be one that Intl knows. */
export function readCron(pattern: string, timezone: string): CronReading {
  try {
    const cron = new Cron(pattern, { timezone, paused: true, mode: '5-part' });
    if (cron.nextRun(new Date(0)) === null) return { kind: 'fault', fault: 'never comes' };
    // Callers ask once a second, and the answer stays the same until that time.
    let known = { asked: 0, next: 0 };
    const after = (at: number): number | null => {
      if (at >= known.asked && at < known.next) return known.next;
      const next = cron.nextRun(new Date(at))?.getTime() ?? null;
      if (next !== null) known = { asked: at, next };
      return next;
    };
    return { kind: 'times', times: { after } };
  } catch (error) {
    return { kind: 'fault', fault: error instanceof Error ? error.message : String(error) };
  }
}
