/** Durations and times for people. Pure: zone and present time are arguments. */

export type Zone = 'local' | 'utc';

const zoneOf = (zone: Zone): string | undefined => (zone === 'utc' ? 'UTC' : undefined);

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zoneOf(zone) });
  formats.set(key, made);
  return made;
}

const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
const DATE = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;

/** `14:32:05 CEST`; with its date unless it is the day of `now`. */
export function wallTime(at: number, now: number, zone: Zone): string {
  const day = format(zone, DATE);
  return day.format(at) === day.format(now) ? clockTime(at, zone) : dayTime(at, zone);
}

/** `2026-05-04 14:32:05 CEST`. */
export const dayTime = (at: number, zone: Zone): string => `${isoDay(at, zone)} ${clockTime(at, zone)}`;

const clockTime = (at: number, zone: Zone): string => format(zone, { ...CLOCK, timeZoneName: 'short' }).format(at);

/** `14:32 CEST`: for the future; on another day `5 May 14:32 CEST`, in another year with the whole date. */
export function shortTime(at: number, now: number, zone: Zone): string {
  const time = format(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' }).format(at);
  const [day, today] = [isoDay(at, zone), isoDay(now, zone)];
  if (day === today) return time;
  if (day.slice(0, 4) !== today.slice(0, 4)) return `${day} ${time}`;
  return `${format(zone, { day: 'numeric', month: 'short' }).format(at)} ${time}`;
}

function isoDay(at: number, zone: Zone): string {
  const parts = format(zone, DATE).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** `2026-05-04T12:32:05.123Z`. */
export const utc = (at: number): string => new Date(at).toISOString();

/** `512 B`, `12.4 kB`, `64.0 MiB`-free: decimal units. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export const count = (n: number): string => n.toLocaleString('en-US');

/** `1 host`, `3 hosts`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;
