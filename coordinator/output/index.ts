import { whenRead } from '../store/read.ts';
import type { OutputKeeper } from './keeper.ts';
import type { OutputLog } from './log.ts';
import type { OutputReader } from './reader.ts';

/** From here on it is line `line` (counted from 1; it may have begun earlier), and the bytes after it arrived at `at`. */
export type OutputMark = { offset: number; line: number; at: number };

export type OutputIndex = {
  bytes: number;
  /** A last line without its newline counts. */
  lines: number;
  marks: readonly OutputMark[];
};

export type OutputIndexer = {
  /** Marks at every 64 KiB, and wherever output arrived a second or more after the previous mark. */
  index(id: string): Promise<OutputIndex>;
  /** The number of the line that holds the byte at `offset`. */
  lineAt(id: string, offset: number): Promise<number>;
};

const GRID_BYTES = 64 * 1024;
/** Counted files are remembered, so that only the growth of a file is counted. */
const REMEMBERED = 32;
const NEWLINE = 10;

type Count = {
  scanned: number;
  newlines: number;
  endsInLine: boolean;
  marks: OutputMark[];
  /** One count at a time. */
  turn: Promise<void>;
};

/** Counts lines on demand: arriving output costs nothing until somebody looks. */
export function createOutputIndexer(deps: {
  keeper: Pick<OutputKeeper, 'arrivals'>;
  outputs: Pick<OutputLog, 'know' | 'size'>;
  reader: OutputReader;
}): OutputIndexer {
  const { keeper, outputs, reader } = deps;
  const counts = new Map<string, Count>();

  function countOf(id: string): Count {
    const count = counts.get(id) ?? {
      scanned: 0,
      newlines: 0,
      endsInLine: false,
      marks: [],
      turn: Promise.resolve(),
    };
    counts.delete(id);
    counts.set(id, count);
    for (const oldest of counts.keys()) {
      if (counts.size <= REMEMBERED) break;
      counts.delete(oldest);
    }
    return count;
  }

  async function scan(id: string, count: Count): Promise<void> {
    const end = await whenRead(outputs.know([id]), () => outputs.size(id));
    const arrivals = (await keeper.arrivals(id)).filter(({ offset }) => offset < end);
    let arrived = -1;
    // One open file for all of it: reopening it for each stretch took most of a long first count.
    for await (const piece of reader.read(id, count.scanned, end - count.scanned)) {
      const pieceStart = count.scanned;
      const pieceEnd = pieceStart + piece.length;
      while (count.scanned < pieceEnd) {
        const { scanned } = count;
        while ((arrivals[arrived + 1]?.offset ?? end) <= scanned) arrived += 1;
        const arrival = arrivals[arrived];
        if (arrival && (arrival.offset === scanned || scanned % GRID_BYTES === 0))
          count.marks.push({ offset: scanned, line: count.newlines + 1, at: arrival.at });
        const gridEnd = (Math.floor(scanned / GRID_BYTES) + 1) * GRID_BYTES;
        const stop = Math.min(pieceEnd, gridEnd, arrivals[arrived + 1]?.offset ?? end);
        const stretch = piece.subarray(scanned - pieceStart, stop - pieceStart);
        count.newlines += countNewlines(stretch);
        count.endsInLine = stretch.at(-1) !== NEWLINE;
        count.scanned = stop;
      }
    }
  }

  async function counted(id: string): Promise<Count> {
    const count = countOf(id);
    const turn = count.turn.then(() => scan(id, count));
    count.turn = turn.catch(() => {});
    await turn;
    return count;
  }

  return {
    async index(id) {
      const { scanned, newlines, endsInLine, marks } = await counted(id);
      return { bytes: scanned, lines: newlines + (endsInLine ? 1 : 0), marks: [...marks] };
    },
    async lineAt(id, offset) {
      if (offset === 0) return 1;
      const { marks } = await counted(id);
      const mark = marks.findLast((one) => one.offset <= offset) ?? { offset: 0, line: 1 };
      return mark.line + countNewlines(await reader.slice(id, mark.offset, offset - mark.offset));
    },
  };
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
