/**
 * `next` with every part of it that equals the same part of `before` replaced by that part, or `before` itself where all is
 * equal. Of values that come again and again with little changed, so only the changes are kept in memory, and the rest is
 * garbage before the collector has copied it once. Both are plain JSON values; `next` must be nobody else's, since it is changed.
 * What lies deeper than a report goes is taken as it came.
 */
export function sharedWith<Value>(before: unknown, next: Value): Value {
  return shared(before, next, DEPTH) as Value;
}

const DEPTH = 4;

function shared(before: unknown, next: unknown, depth: number): unknown {
  if (before === next) return before;
  if (depth === 0 || !isParent(before) || !isParent(next)) return next;
  const keys = Object.keys(next);
  let isEqual = keys.length === Object.keys(before).length && Array.isArray(before) === Array.isArray(next);
  for (const key of keys) {
    next[key] = shared(before[key], next[key], depth - 1);
    isEqual &&= next[key] === before[key];
  }
  return isEqual ? before : next;
}

const isParent = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
