/** The words at each `:name` of the pattern; null if the path does not match. */
export function matchPath(pattern: string, given: string): Record<string, string> | null {
  const [wanted, parts] = [pattern.split('/'), given.split('/')];
  if (wanted.length !== parts.length) return null;
  const words: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const word = parts[at] ?? '';
    if (part.startsWith(':')) words[part.slice(1)] = decoded(word);
    else if (part !== word) return null;
  }
  return words;
}

/** A word of a path; as it is if it is not encoded as an address. */
export function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
