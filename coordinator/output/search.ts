import type { OutputIndexer } from './index.ts';
import type { OutputReader } from './reader.ts';
import { withoutCutHead, withoutCutTail } from './whole-characters.ts';

/** `text`: the line around the match, at most 600 bytes of it. */
export type OutputMatch = { offset: number; line: number; text: string };

/** `next`: the `from` with which the search goes on, null where nothing more is found. */
export type OutputMatches = { matches: OutputMatch[]; next: number | null };

/**
 * Every place where `query` stands literally, upper and lower case alike, from the byte `from` on; places do not overlap.
 * Reads the file piece by piece: neither its length nor that of a line matters to memory.
 */
export type SearchOutput = (id: string, query: string, from: number, limit: number) => Promise<OutputMatches>;

const TEXT_BEFORE = 200;
const TEXT_AFTER = 400;

export function createOutputSearch(deps: { reader: OutputReader; indexer: OutputIndexer }): SearchOutput {
  const { reader, indexer } = deps;

  async function textAround(id: string, offset: number): Promise<string> {
    const start = Math.max(0, offset - TEXT_BEFORE);
    const bytes = Buffer.from(await reader.slice(id, start, offset - start + TEXT_AFTER));
    const here = offset - start;
    const lineStart = here === 0 ? 0 : bytes.lastIndexOf('\n', here - 1) + 1;
    const newline = bytes.indexOf('\n', here);
    const head = lineStart === 0 && start > 0 ? withoutCutHead(bytes) : bytes.subarray(lineStart);
    const tail = newline === -1 ? withoutCutTail(head) : head.subarray(0, head.length - (bytes.length - newline));
    return Buffer.from(tail).toString();
  }

  return async (id, query, from, limit) => {
    if (query === '') return { matches: [], next: null };
    const { pattern, longest } = bytePattern(query);
    const matches: OutputMatch[] = [];
    /** One character a byte, so that an index is an offset; begins at `base`. */
    let window = '';
    let base = from;
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

    for await (const piece of reader.read(id, from, Number.MAX_SAFE_INTEGER - from)) {
      window += Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1');
      pattern.lastIndex = free - base;
      for (let found = pattern.exec(window); found; found = pattern.exec(window)) {
        const offset = base + found.index;
        if (matches.length === limit) return { matches, next: offset };
        moveLineTo(offset);
        matches.push({ offset, line, text: await textAround(id, offset) });
        free = offset + found[0].length;
      }
      const nextBase = Math.max(base, base + window.length - (longest - 1));
      moveLineTo(nextBase);
      window = window.slice(nextBase - base);
      base = nextBase;
      free = Math.max(free, base);
    }
    return { matches, next: null };
  };
}

/** The query as a pattern over bytes: each character as it is, in lower and in upper case, in UTF-8. */
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
