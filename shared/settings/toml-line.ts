import { parse } from 'smol-toml';

/**
 * The line of a TOML text, counted from 1, that defines the value at `keys`; null if there is none. The parser reports no
 * positions, so this parses growing parts of the text: slow, for error messages only.
 */
export function lineOfKey(text: string, keys: readonly string[]): number | null {
  const lines = text.split('\n');
  for (let count = 1; count <= lines.length; count += 1)
    if (hasKey(lines.slice(0, count).join('\n'), keys)) return count;
  return null;
}

function hasKey(text: string, keys: readonly string[]): boolean {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return false;
  }
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  return true;
}
