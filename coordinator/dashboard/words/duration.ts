/** Durations and times as people read them. Pure: the zone and the present come in. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (n: number): string => String(n).padStart(2, '0');

/** `0:12`, `4:05`, `1:02:03`. */
export function clockSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `12 s`, `4 min`, `2 h`, `3 d`: how old something is. */
export function age(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

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

/** `14:32:05 CEST`; with its date where it is not of the day of `now`. */
export function wallTime(at: number, now: number, zone: Zone): string {
  const day = format(zone, DATE);
  return day.format(at) === day.format(now) ? clockTime(at, zone) : dayTime(at, zone);
}

/** `2026-05-04 14:32:05 CEST`. */
export const dayTime = (at: number, zone: Zone): string => `${isoDay(at, zone)} ${clockTime(at, zone)}`;

const clockTime = (at: number, zone: Zone): string => format(zone, { ...CLOCK, timeZoneName: 'short' }).format(at);

/** `14:32 CEST`: for what lies ahead. */
export const shortTime = (at: number, zone: Zone): string =>
  format(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' }).format(at);

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
