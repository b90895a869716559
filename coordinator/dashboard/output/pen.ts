/**
 * The text styles (colour, weight, …) still open at a place of an output.
 *
 * P1 A style continues on the next lines until it is closed, as on a terminal.
 * P2 It ends by itself after `CARRIED_LINES` lines, and after a line that is held only in part. So a line's look follows from the
 *    few before it, wherever reading began, and a style that is never closed does not colour the whole log.
 */
export type Pen = ReadonlyMap<string, { codes: string; line: number }>;

export const PLAIN: Pen = new Map();
export const CARRIED_LINES = 100;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences begin with it
const SGR = /\x1b\[([\d;]*)m/g;

/** The styles that each code ends; a colour only replaces the one before. */
const ENDS: Readonly<Record<number, readonly string[]>> = {
  21: ['bold'],
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
  29: ['strike'],
  39: ['fg'],
  49: ['bg'],
};
const SETS: Readonly<Record<number, string>> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  7: 'inverse',
  9: 'strike',
};
/** Numbers that follow 38 and 48: `5;N` or `2;R;G;B`. */
const EXTENDED: Readonly<Record<string, number>> = { '5': 2, '2': 4 };

/** The pen after `text` on this line. */
export function penAfter(pen: Pen, text: string, line: number): Pen {
  if (!text.includes('\x1b')) return pen;
  const next = new Map(pen);
  for (const [, given = ''] of text.matchAll(SGR)) {
    const codes = given.split(';');
    while (codes.length > 0) apply(next, codes, line);
  }
  return next;
}

function apply(pen: Map<string, { codes: string; line: number }>, codes: string[], line: number): void {
  const first = codes.shift() ?? '';
  const code = Number(first);
  if (code === 0) pen.clear();
  for (const what of ENDS[code] ?? []) pen.delete(what);
  const what = SETS[code] ?? colourOf(code);
  if (what === null) return;
  const more = code % 10 === 8 ? codes.splice(0, EXTENDED[codes[0] ?? ''] ?? 1) : [];
  // In the order of opening; one that was open before moves to the end.
  pen.delete(what);
  pen.set(what, { codes: [first, ...more].join(';'), line });
}

const colourOf = (code: number): 'fg' | 'bg' | null => {
  if ((code >= 30 && code <= 38) || (code >= 90 && code <= 97)) return 'fg';
  return (code >= 40 && code <= 48) || (code >= 100 && code <= 107) ? 'bg' : null;
};

/** The sequence that takes this pen up where line `line` begins; empty for a plain one. */
export function takeUp(pen: Pen, line: number): string {
  const open = [...pen.values()].filter((one) => line - one.line <= CARRIED_LINES);
  return open.length === 0 ? '' : `\x1b[${open.map(({ codes }) => codes).join(';')}m`;
}
