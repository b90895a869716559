/**
 * Whether `text` fits `pattern`, where `*` stands for any characters. Linear in both: the pattern comes from a person, the text
 * from a host, and neither may slow the other down.
 */
export function fitsGlob(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const [first = ''] = pieces;
  if (pieces.length === 1) return text === pattern;
  const last = pieces.at(-1) ?? '';
  const end = text.length - last.length;
  if (!text.startsWith(first) || !text.endsWith(last) || end < first.length) return false;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = text.indexOf(piece, from);
    if (at < 0 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}
