type Parts = Record<string, unknown>;

/**
 * Returns `now` with `before`'s part in place of each equal one, or `before` itself if all of it is equal. For JSON values; changes
 * `now`. So parts that stay the same from report to report are kept, and the rest of a new report is garbage at once.
 */
export function reuse<Value>(before: unknown, now: Value): Value {
  if (before === now) return before as Value;
  if (!isParts(before) || !isParts(now) || Array.isArray(before) !== Array.isArray(now)) return now;
  const parts: Parts = now;
  const names = Object.keys(parts);
  let isSame = Object.keys(before).length === names.length;
  for (const name of names) {
    const part = parts[name];
    // Most parts are the same value already.
    if (part === before[name]) continue;
    if (Object.hasOwn(before, name)) parts[name] = reuse(before[name], part);
    if (parts[name] !== before[name]) isSame = false;
  }
  return isSame ? (before as Value) : now;
}

const isParts = (value: unknown): value is Parts => typeof value === 'object' && value !== null;
