/** The most keys of one read. */
const MOST_KEYS = 5_000;

/**
 * Reads values by key, many in one query: those asked for while an earlier read is under way go together in the next. A fleet that comes
 * back asks the same for each host. A read begins after the call that asked for it, so that it sees all that was stored by then.
 */
export function inBulk<Value>(
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
): (key: string) => Promise<Value | null> {
  let next: { keys: Set<string>; values: Promise<ReadonlyMap<string, Value>> } | null = null;
  let last: Promise<unknown> = Promise.resolve();

  function begin() {
    const keys = new Set<string>();
    const values = last.then(() => {
      if (next === bulk) next = null;
      return read([...keys]);
    });
    const bulk = { keys, values };
    last = values.catch(() => {});
    return bulk;
  }

  return async (key) => {
    if (!next || next.keys.size >= MOST_KEYS) next = begin();
    next.keys.add(key);
    return (await next.values).get(key) ?? null;
  };
}
