import { parse } from 'smol-toml';

/**
 * The line of a TOML text, counted from 1, with which the value at `keys` comes into being; null where there is none.
 * The parser tells no places, so it is asked how much of the text the value needs: slow, for telling a fault only.
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
