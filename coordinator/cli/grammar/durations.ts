const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `5m`, `2h`, `1h30m`, `1d` in milliseconds; undefined if invalid or over a year. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,9}[smhd])+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)([smhd])/g)) ms += Number(count) * (UNITS[unit] ?? 0);
  return ms <= 366 * 86_400_000 ? ms : undefined;
}

/** A moment: at a time, or so long ago. */
export type Moment = { kind: 'at'; at: number } | { kind: 'ago'; ms: number };

/** `2026-01-01` (midnight, UTC), `2026-01-01T08:00:00+01:00`, or a duration such as `7d`; undefined where it is neither. */
export function parseMoment(text: string): Moment | undefined {
  const ms = parseDuration(text);
  if (ms !== undefined) return { kind: 'ago', ms };
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const at = isTime ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) || at < 0 ? undefined : { kind: 'at', at };
}
