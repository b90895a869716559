/** Lengths of time for people, in a page and in a terminal alike. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (n: number): string => String(n).padStart(2, '0');

/** A running time as on a stopwatch: `0:12`, `4:05`, `1:02:03`. */
export function clockSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** An age in its largest unit: `12 s`, `4 min`, `2 h`, `3 d`. */
export function age(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** A configured length in whole units: `30 min`, `90 min`, `2 h`, `30 s`. */
export function lengthInWords(ms: number): string {
  if (ms >= HOUR && ms % HOUR === 0) return `${ms / HOUR} h`;
  if (ms >= 2 * MINUTE || ms === MINUTE) return `${Math.round(ms / MINUTE)} min`;
  return ms >= SECOND ? `${Math.round(ms / SECOND)} s` : `${ms} ms`;
}

/** `just now`, `4 min ago`: ticking seconds are not a change. */
export const agoInWords = (ms: number): string => (ms < MINUTE ? 'just now' : `${age(ms)} ago`);
