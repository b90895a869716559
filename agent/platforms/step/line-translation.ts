import type { Translation } from './step-program.ts';

/** A line to translate is held until it ends. A longer one passes as it is. */
export const LONGEST_LINE = 1024 * 1024;

/** At most this many places of a line are tried, so that a line full of prefixes costs no more. */
const MOST_PLACES = 8;

const NEWLINE = 0x0a;

/**
 * Translates the part of a line after `prefix`; every other byte passes unchanged and at once. `translate` gets the rest of the
 * line from the prefix on, without its end, and returns whole lines to replace it (or none), or null to let it pass. Text of
 * another program before it on the same line stays, on its own line.
 */
export function createLineTranslation(prefix: string, translate: (line: string) => string | null): Translation {
  const start = Buffer.from(prefix);
  /** The held part of the line: from where the prefix may begin. */
  const line = Buffer.allocUnsafe(LONGEST_LINE);
  let length = 0;
  /** A part of this line has passed. */
  let hasPassed = false;
  /** The rest of the line was too long to hold. */
  let isTooLong = false;

  function pass(end: number, out: Uint8Array[]): void {
    if (end === 0) return;
    out.push(Buffer.from(line.subarray(0, end)));
    hasPassed = line[end - 1] !== NEWLINE;
    line.copyWithin(0, end, length);
    length -= end;
  }

  /** Where the prefix begins, or may begin as far as the bytes go; else the end of the held part. */
  function placeOfPrefix(from: number, isWhole: boolean): number {
    const held = line.subarray(0, length);
    const found = held.indexOf(start, from);
    if (found >= 0 || isWhole) return found >= 0 ? found : length;
    for (let known = Math.min(start.length - 1, length - from); known > 0; known--)
      if (start.compare(held, length - known, length, 0, known) === 0) return length - known;
    return length;
  }

  /** Passes on what is certainly not ours, and translates the rest once the line is complete. */
  function handOver(isWhole: boolean, out: Uint8Array[]): void {
    if (!isWhole) {
      pass(placeOfPrefix(0, false), out);
      return;
    }
    const end = line[length - 1] === NEWLINE ? length - 1 : length;
    let place = placeOfPrefix(0, true);
    for (let tries = 0; place < length && tries < MOST_PLACES; tries++) {
      const text = translate(line.toString('utf8', place, end));
      if (text !== null) {
        pass(place, out);
        length = 0;
        if (text === '') return;
        out.push(Buffer.from(hasPassed ? `\n${text}` : text));
        hasPassed = false;
        return;
      }
      place = placeOfPrefix(place + 1, true);
    }
    pass(length, out);
    hasPassed = false;
  }

  /** One line, or a part of one. */
  function take(part: Uint8Array, out: Uint8Array[]): void {
    const ends = part.at(-1) === NEWLINE;
    if (isTooLong || length + part.length > LONGEST_LINE) {
      pass(length, out);
      out.push(part);
      isTooLong = !ends;
      hasPassed = !ends;
      return;
    }
    line.set(part, length);
    length += part.length;
    handOver(ends, out);
  }

  return {
    write(chunk) {
      const out: Uint8Array[] = [];
      for (let from = 0; from < chunk.length; ) {
        const newline = chunk.indexOf(NEWLINE, from);
        const to = newline < 0 ? chunk.length : newline + 1;
        take(chunk.subarray(from, to), out);
        from = to;
      }
      return Buffer.concat(out);
    },
    end() {
      const out: Uint8Array[] = [];
      if (length > 0) handOver(true, out);
      return Buffer.concat(out);
    },
  };
}
