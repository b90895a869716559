const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `5m`, `2h`, `1h30m`, `1d` in milliseconds; undefined where it is none, or more than a year. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,9}[smhd])+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)([smhd])/g)) ms += Number(count) * (UNITS[unit] ?? 0);
  return ms <= 366 * 86_400_000 ? ms : undefined;
}

/** A running time as people read a stopwatch: `0:07`, `4:12`, `1:02:03`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A length of time in its largest unit: `3 s`, `5 min`, `2 h`, `4 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
