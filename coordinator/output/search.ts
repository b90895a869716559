import { ERROR_LINE, LONGEST_ERROR_LINE } from '../../shared/text/error-line.ts';
import type { OutputIndexer } from './index.ts';
import type { OutputReader } from './reader.ts';
import { withoutCutHead, withoutCutTail } from './whole-characters.ts';

/** `text`: the line around the match, at most 600 bytes of it. */
export type OutputMatch = { offset: number; line: number; text: string };

/** `next`: the `from` of the next search; null if nothing more was found. */
export type OutputMatches = { matches: OutputMatch[]; next: number | null };

/**
 * Every literal match of `query`, ignoring case, from the byte `from` on; matches do not overlap. Reads the file once, piece by
 * piece: memory depends neither on its length nor on that of a line, and time not on the number of matches.
 */
export type SearchOutput = (
  id: string,
  query: string | typeof ERRORS,
  from: number,
  limit: number,
) => Promise<OutputMatches>;

/** In place of a query: every line that says what failed. */
export const ERRORS = Symbol('errors');

const TEXT_BEFORE = 200;
const TEXT_AFTER = 400;

export function createOutputSearch(deps: { reader: OutputReader; indexer: OutputIndexer }): SearchOutput {
  const { reader, indexer } = deps;

  return async (id, query, from, limit) => {
    if (query === '') return { matches: [], next: null };
    const { pattern, longest } = query === ERRORS ? errorPattern() : bytePattern(query);
    const matches: OutputMatch[] = [];
    /** One character per byte, so that an index is an offset; begins at `base`, with the text to show before a match. */
    let window = '';
    let base = Math.max(0, from - TEXT_BEFORE);
    /** The next match begins here or later. */
    let free = from;
    let line = await indexer.lineAt(id, from);
    /** `line` is the line of this offset. */
    let lineOffset = from;

    const moveLineTo = (offset: number) => {
      if (offset <= lineOffset) return;
      line += countNewlines(window, lineOffset - base, offset - base);
      lineOffset = offset;
    };

    /** Takes the matches that begin before `end`; if the answer is full, the offset of the next one. */
    const search = (end: number): number | null => {
      pattern.lastIndex = free - base;
      for (let found = pattern.exec(window); found && base + found.index < end; found = pattern.exec(window)) {
        const offset = base + found.index;
        if (matches.length === limit) return offset;
        moveLineTo(offset);
        matches.push({ offset, line, text: textAround(window, base, offset) });
        free = offset + found[0].length;
      }
      return null;
    };

    const ahead = Math.max(TEXT_AFTER, longest - 1);
    for await (const piece of reader.read(id, base, Number.MAX_SAFE_INTEGER - base)) {
      window += Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1');
      const end = base + window.length - ahead;
      if (end <= free) continue;
      const next = search(end);
      if (next !== null) return { matches, next };
      free = Math.max(free, end);
      const nextBase = Math.max(base, end - TEXT_BEFORE);
      moveLineTo(nextBase);
      window = window.slice(nextBase - base);
      base = nextBase;
    }
    return { matches, next: search(Number.POSITIVE_INFINITY) };
  };
}

/** The line around the match at `offset`, in a window that begins at `base`. */
function textAround(window: string, base: number, offset: number): string {
  const start = Math.max(0, offset - TEXT_BEFORE);
  const bytes = Buffer.from(window.slice(start - base, offset - base + TEXT_AFTER), 'latin1');
  const here = offset - start;
  const lineStart = here === 0 ? 0 : bytes.lastIndexOf('\n', here - 1) + 1;
  const newline = bytes.indexOf('\n', here);
  const head = lineStart === 0 && start > 0 ? withoutCutHead(bytes) : bytes.subarray(lineStart);
  const tail = newline === -1 ? withoutCutTail(head) : head.subarray(0, head.length - (bytes.length - newline));
  return Buffer.from(tail).toString();
}

/** Works on bytes too: its words are ASCII. */
const errorPattern = (): { pattern: RegExp; longest: number } => ({
  pattern: new RegExp(`^(?:${ERROR_LINE})`, 'gm'),
  longest: LONGEST_ERROR_LINE,
});

/** The query as a pattern over bytes: each character as given, in lower and in upper case, in UTF-8. */
function bytePattern(query: string): { pattern: RegExp; longest: number } {
  let longest = 0;
  let source = '';
  for (const character of query) {
    const forms = [...new Set([character, character.toLowerCase(), character.toUpperCase()])].map((form) =>
      Buffer.from(form),
    );
    longest += Math.max(...forms.map((form) => form.length));
    source += `(?:${forms.map(escaped).join('|')})`;
  }
  return { pattern: new RegExp(source, 'g'), longest };
}

const escaped = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

function countNewlines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
