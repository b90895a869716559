/** Holds equal values of a fleet once. Callers must not change them. */
export type Sharing = {
  /** Returns an equal earlier value (same JSON) if there is one. */
  whole<Value>(value: Value): Value;
  /** Puts an equal earlier text, if there is one, in place of each long text of the value. */
  texts(value: unknown): void;
};

/** Most distinct values kept; a fleet has a few. */
const MAX_HELD = 1_000;
/** A shorter text takes no more memory than a reference to it. */
const LONG_TEXT = 12;

export function createSharing(): Sharing {
  const wholes = createTable<unknown>();
  const texts = createTable<string>();

  function shareTexts(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    const parts = value as Record<string, unknown>;
    for (const name of Object.keys(parts)) {
      const part = parts[name];
      if (typeof part === 'string') {
        if (part.length >= LONG_TEXT) parts[name] = texts(part, part);
      } else shareTexts(part);
    }
  }

  return { whole: (value) => wholes(JSON.stringify(value), value) as typeof value, texts: shareTexts };
}

/** The first value of each key. Beyond `MAX_HELD` the table is emptied, so no host can fill the memory with new values. */
function createTable<Value>(): (key: string, value: Value) => Value {
  const held = new Map<string, Value>();
  return (key, value) => {
    const known = held.get(key);
    if (known !== undefined) return known;
    if (held.size >= MAX_HELD) held.clear();
    held.set(key, value);
    return value;
  };
}
