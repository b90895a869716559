/**
 * Finds the lines of an output that say why it failed. Tools agree only on this: a keyword at the line's start, a colon, and the
 * reason.
 */

const COLOUR = String.raw`\x1b\[[0-9;]*m`;
/** May precede the keyword: a place in a file, the package being built, a quoting mark. */
const BEFORE = String.raw`(?:[^\n]{0,300}?[ \t:>m])??`;
const WORD = String.raw`(?:fatal |internal )?(?:[Ee]rror|ERROR|[Ff]atal|FATAL|[Pp]anic|PANIC|\w{1,60}(?:Error|Exception))(?:\[\w{1,20}\])?`;

/**
 * Matches from the start of a line. `-Wno-error=…` and `0 errors` don't match: a real error names something behind a colon, or
 * ends a program. Works on text and on bytes read one character per byte.
 */
export const ERROR_LINE = [
  `${BEFORE}${WORD}:(?:${COLOUR})*[ \\t]+\\S`,
  String.raw`make(?:\[\d+\])?: \*\*\* `,
  String.raw`[^\n]{0,300}?\b(?:exited|failed) with (?:exit )?(?:code|status) [1-9]`,
]
  .map((line) => `(?:${line})`)
  .join('|');

/** No match is longer, apart from the text of its line. */
export const LONGEST_ERROR_LINE = 700;

const anyError = new RegExp(`^(?:${ERROR_LINE})`);
const NIX_ERROR = /^\s*error: /;
/** Nix prints these for everything that needed what failed. */
const CONSEQUENCE = /dependenc(?:y|ies) (?:of derivation .* )?failed|^\s*error: (?:build of .* failed|Cannot build )/;
const FAILED_TEST = /^(\S+): failed with exit code \d+, \d+ ms$/;
const colours = new RegExp(COLOUR, 'g');

export type ErrorLine = { offset: number; text: string };

/** The line that says why, from the end of an output that begins at `base`; null if there is no line at all. */
export function errorLineIn(bytes: Uint8Array, base: number): ErrorLine | null {
  const lines = linesOf(bytes, base);
  const failedTest = lines.findIndex(({ text }) => FAILED_TEST.test(text));
  if (failedTest >= 0) return lineOfTest(lines, failedTest);
  const last = (holds: (text: string) => boolean) => lines.findLast(({ text }) => holds(text));
  return (
    last((text) => NIX_ERROR.test(text) && !CONSEQUENCE.test(text)) ??
    last((text) => NIX_ERROR.test(text)) ??
    last((text) => anyError.test(text)) ??
    lines.at(-1) ??
    null
  );
}

/** For a failed test: its last line, or else that it failed. */
function lineOfTest(lines: readonly ErrorLine[], at: number): ErrorLine | null {
  const failed = lines[at];
  const [, name] = FAILED_TEST.exec(failed?.text ?? '') ?? [];
  const begins = lines.slice(0, at).findLastIndex(({ text }) => text === `${name}: running`);
  const section = lines.slice(begins + 1, at);
  const said = section.findLast(({ text }) => anyError.test(text)) ?? section.at(-1) ?? failed;
  return said ? { ...said, text: `${name}: ${said.text.replace(`${name}: `, '')}` } : null;
}

const decoder = new TextDecoder();
const NEWLINE = 10;
const LONGEST = 300;

/** The last text drawn on a line that was overwritten. */
const textOf = (bytes: Uint8Array): string =>
  (decoder.decode(bytes).replace(colours, '').trimEnd().split('\r').at(-1) ?? '').replace(/\p{Cc}/gu, ' ').trim();

/** Non-empty lines, without colours. */
function linesOf(bytes: Uint8Array, base: number): ErrorLine[] {
  const lines: ErrorLine[] = [];
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline === -1 ? bytes.length : newline;
    const text = textOf(bytes.subarray(from, Math.min(to, from + 4 * LONGEST)));
    if (text !== '') lines.push({ offset: base + from, text: text.slice(0, LONGEST) });
    from = to + 1;
  }
  return lines;
}
