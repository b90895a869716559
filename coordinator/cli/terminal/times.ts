/** Times for people: in their own time zone, which is named, or in UTC. */
export type Times = {
  /** At the start of a line: date, time and offset, ISO 8601. */
  stamp(ms: number): string;
  /** Within a sentence: `14:32 CET`; with its date if that differs from the date of `now`. */
  clock(ms: number, now: number): string;
  /** Date and time with the zone: `2025-11-22 14:32:07 CET`. */
  full(ms: number): string;
};

export function createTimes({ utc }: { utc: boolean }): Times {
  const zone = utc ? { timeZone: 'UTC' } : {};
  const format = new Intl.DateTimeFormat('en-GB', {
    ...zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  const parts = (ms: number): Record<string, string> =>
    Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));

  return {
    stamp(ms) {
      const at = new Date(ms);
      if (utc) return `${at.toISOString().slice(0, 19)}Z`;
      const offset = -at.getTimezoneOffset();
      const two = (value: number) => String(value).padStart(2, '0');
      const sign = offset < 0 ? '-' : '+';
      const zoneText = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
      return `${new Date(ms + offset * 60_000).toISOString().slice(0, 19)}${zoneText}`;
    },
    clock(ms, now) {
      const { year, month, day, hour, minute, timeZoneName } = parts(ms);
      const today = parts(now);
      const isToday = year === today.year && month === today.month && day === today.day;
      return `${isToday ? '' : `${year}-${month}-${day} `}${hour}:${minute} ${timeZoneName}`;
    },
    full(ms) {
      const { year, month, day, hour, minute, second, timeZoneName } = parts(ms);
      return `${year}-${month}-${day} ${hour}:${minute}:${second} ${timeZoneName}`;
    },
  };
}
