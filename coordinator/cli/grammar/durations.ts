const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `5m`, `2h`, `1h30m`, `1d` in milliseconds; undefined if invalid or over a year. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,9}[smhd])+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)([smhd])/g)) ms += Number(count) * (UNITS[unit] ?? 0);
  return ms <= 366 * 86_400_000 ? ms : undefined;
}
