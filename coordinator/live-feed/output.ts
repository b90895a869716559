import type { FeedFrame } from '../../shared/feed/frames.ts';
import type { OutputReader } from '../output/reader.ts';
import { withoutCutHead, withoutCutTail } from '../output/whole-characters.ts';
import type { Read } from '../store/read.ts';

/**
 * One client's view of one command's output, from any offset on.
 * U1 Pieces follow each other without gap or duplicate: each begins where the one before it ended, and only `offset` says what
 *    was sent. News of more only wakes the one loop that reads.
 * U2 The next piece is read once the client has taken the last one, so nothing piles up here.
 * U3 A character cut by the end of the held bytes waits for its rest, for as long as more may come.
 */
export type OutputSubscription = {
  /** More is held, or the command has changed. */
  wake(): void;
  close(): void;
};

export type OutputSubscriptionDeps = {
  reader: Pick<OutputReader, 'slice'>;
  /** Bytes held of the command's output. */
  size: () => Read<number>;
  /** Whether more may come. */
  mayGrow: () => Read<boolean>;
  /** Resolves when the client has room for more, or is gone. */
  room: () => Promise<void>;
  send: (frame: FeedFrame) => void;
  onFailed: (error: unknown) => void;
};

const PIECE_BYTES = 64 * 1024;
/** A UTF-8 character has at most this many bytes before its last. */
const HEAD_BYTES = 3;

export function subscribeOutput(
  { reader, size, mayGrow, room, send, onFailed }: OutputSubscriptionDeps,
  { commandId, offset: from }: { commandId: string; offset: number },
): OutputSubscription {
  let offset = from;
  let isOpen = true;
  let isReading = false;
  let hasNews = false;

  /** Where the first piece begins: at `from`, or behind the character that `from` splits. */
  async function wholeStart(): Promise<number> {
    const start = Math.max(0, from - HEAD_BYTES);
    const before = await reader.slice(commandId, start, from - start);
    if (before.length < from - start || withoutCutTail(before).length === before.length) return from;
    const after = await reader.slice(commandId, from, HEAD_BYTES);
    return from + after.length - withoutCutHead(after).length;
  }

  async function read(): Promise<void> {
    if (offset === from) offset = await wholeStart();
    while (isOpen && offset < (await size())) {
      await room();
      const isLast = !(await mayGrow());
      const piece = await reader.slice(commandId, offset, PIECE_BYTES);
      const whole = isLast && offset + piece.length >= (await size()) ? piece : withoutCutTail(piece);
      if (whole.length === 0 || !isOpen) return;
      const at = offset;
      offset += whole.length;
      send({ type: 'output', commandId, offset: at, data: Buffer.from(whole).toString(), next: offset });
    }
  }

  async function readOn(): Promise<void> {
    isReading = true;
    try {
      while (hasNews && isOpen) {
        hasNews = false;
        await read();
      }
    } catch (error) {
      onFailed(error);
    } finally {
      isReading = false;
    }
  }

  function wake(): void {
    hasNews = true;
    if (!isReading) void readOn();
  }

  wake();
  return {
    wake,
    close: () => {
      isOpen = false;
    },
  };
}
