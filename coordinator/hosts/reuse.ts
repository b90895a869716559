type Parts = Record<string, unknown>;

/**
 * `now` with each part that equals `before`'s replaced by that; `before` itself if the whole is equal. For JSON values; `now` is
 * changed. What stays the same from report to report is then held on to, and the rest of a new report is garbage at once.
 */
export function reuse<Value>(before: unknown, now: Value): Value {
  if (before === now) return before as Value;
  if (!isParts(before) || !isParts(now) || Array.isArray(before) !== Array.isArray(now)) return now;
  const parts: Parts = now;
  const names = Object.keys(parts);
  let isSame = Object.keys(before).length === names.length;
  for (const name of names) {
    const part = parts[name];
    // Most parts: nothing to put in their place.
    if (part === before[name]) continue;
    if (Object.hasOwn(before, name)) parts[name] = reuse(before[name], part);
    if (parts[name] !== before[name]) isSame = false;
  }
  return isSame ? (before as Value) : now;
}

const isParts = (value: unknown): value is Parts => typeof value === 'object' && value !== null;
