import type { Translation } from './step-program.ts';

/** A line that may be translated is held until it ends. A longer one passes as it is. */
export const LONGEST_LINE = 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * Translates the lines that begin with `prefix`; every other byte passes as it came, at once, whatever it is. `translate` is given
 * such a line without its end, and says what takes its place, or null to let it pass.
 */
export function createLineTranslation(prefix: string, translate: (line: string) => string | null): Translation {
  const start = Buffer.from(prefix);
  /** The line that has not ended yet. */
  const line = Buffer.allocUnsafe(LONGEST_LINE);
  let length = 0;
  /** What is left of the line is none of ours. */
  let passes = false;

  const taken = () => line.subarray(0, length);

  /** Of the line that is held, as far as it is there. */
  const beginsRight = () => {
    const known = Math.min(length, start.length);
    return start.compare(line, 0, known, 0, known) === 0;
  };

  function release(): Buffer {
    const bytes = Buffer.from(taken());
    length = 0;
    return bytes;
  }

  function translated(): Buffer {
    const hasEnd = line[length - 1] === NEWLINE;
    const isOurs = length >= start.length && beginsRight();
    const text = isOurs ? translate(line.toString('utf8', 0, hasEnd ? length - 1 : length)) : null;
    const bytes = release();
    return text === null ? bytes : Buffer.from(text);
  }

  /** One line, or a part of one. */
  function take(part: Uint8Array, out: Uint8Array[]): void {
    const ends = part.at(-1) === NEWLINE;
    if (!passes && length + part.length <= LONGEST_LINE) {
      line.set(part, length);
      length += part.length;
      if (ends) return void out.push(translated());
      if (beginsRight()) return;
      out.push(release());
    } else {
      out.push(release(), part);
    }
    passes = !ends;
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
    end: () => translated(),
  };
}
