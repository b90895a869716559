import { Cron } from 'croner';

/** Times of a cron pattern of five fields in a time zone, through changes of clock: a time left out is at the end of its gap. */
export type CronTimes = {
  /** The first one after `at`; null where none comes. */
  after(at: number): number | null;
};

export type CronReading = { kind: 'times'; times: CronTimes } | { kind: 'fault'; fault: string };

/** @param timezone Must be one that Intl knows. */
export function readCron(pattern: string, timezone: string): CronReading {
  try {
    const cron = new Cron(pattern, { timezone, paused: true, mode: '5-part' });
    if (cron.nextRun(new Date(0)) === null) return { kind: 'fault', fault: 'never comes' };
    // Asked once a second, and the same until then.
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
