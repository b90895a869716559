/** Most distinct values kept; a fleet has a few. */
const MAX_HELD = 1_000;

/** Returns an equal earlier value (same JSON) if there is one, so that equal values are held once. Values must not be changed. */
export function createSharing(): <Value>(value: Value) => Value {
  const held = new Map<string, unknown>();
  return <Value>(value: Value): Value => {
    const json = JSON.stringify(value);
    const known = held.get(json);
    if (known !== undefined) return known as Value;
    // Beyond this the table is cleared, so no host can fill the memory with new values.
    if (held.size >= MAX_HELD) held.clear();
    held.set(json, value);
    return value;
  };
}
