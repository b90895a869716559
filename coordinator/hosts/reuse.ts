type Parts = Record<string, unknown>;

/**
 * Returns `now` with each part that equals `before`'s replaced by that one, or `before` itself if the two are equal. For JSON values;
 * changes `now`. Parts that stay the same from report to report are thus kept, and the copies in a new report are garbage at once.
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
