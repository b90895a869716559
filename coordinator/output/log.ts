import type { Clock } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import type { Read } from '../store/read.ts';
import { createEntries } from './entries.ts';
import { answerHeld, type Held, heldOf, takeBytes, unwritten } from './entry.ts';
import type { OutputKeeper } from './keeper.ts';
import { createRounds } from './rounds.ts';

/**
 * The output of commands, each an append-only run of bytes (docs/protocol.md section 2, rule 3).
 * O1 `acked` covers only bytes that are durable, or that lie past the limit and were dropped.
 * O2 It holds the output's bytes from 0 on without a hole; held bytes are skipped, a gap is refused.
 * O3 Every append is answered. A later answer for the same command may overtake and cover it. A refused append is answered after
 *    everything that was accepted before it, so that its answer repeats the offset and the sender goes back.
 * O4 Unwritten output is bounded: over the budget, a command may have one piece waiting, and more is refused.
 * O5 One write at a time per output; a failed write keeps its bytes waiting, unanswered, and is retried.
 */

export type OutputLog = {
  /** Loads the sizes of these outputs; each call below names a loaded one. Immediate with files. */
  know(ids: readonly string[]): Read<void>;
  /**
   * Takes the bytes at `offset`, and keeps a reference to them until they are written. Calls `answer` with the held state once
   * this append can change it no further, and possibly earlier with less; at once if nothing is to be written.
   */
  append(id: string, offset: number, bytes: Uint8Array, answer: (held: Held) => void): void;
  /** The offset from which a sender continues. */
  resumeAt(id: string): number;
  /** Durable bytes. */
  size(id: string): number;
  /** Bytes there; a power cut may still take some of them. Quick, for a start that asks about thousands. */
  found(ids: readonly string[]): Read<ReadonlyMap<string, number>>;
  remove(id: string): Promise<void>;
  sweep: OutputKeeper['sweep'];
  /** Waits for writes under way; waiting bytes are left to be sent again. */
  close(): Promise<void>;
};

export type OutputLogDeps = {
  keeper: OutputKeeper;
  /** Bytes kept per command. */
  limitBytes: number;
  clock: Clock;
  log: Log;
  /** Unwritten bytes, over all commands. */
  budgetBytes?: number;
};

export function createOutputLog(deps: OutputLogDeps): OutputLog {
  const { keeper, limitBytes, clock, log, budgetBytes = 32 * 1024 * 1024 } = deps;
  const entries = createEntries(keeper, limitBytes);
  let buffered = 0;
  const rounds = createRounds({
    keeper,
    clock,
    log,
    onWritten(bytes) {
      buffered -= bytes;
    },
  });

  return {
    know: entries.know,
    append(id, offset, bytes, answer) {
      const entry = entries.of(id);
      const before = unwritten(entry);
      const isGap = offset > entry.next && entry.next < limitBytes;
      const isTooMuch = before > 0 && buffered + bytes.length > budgetBytes;
      const isHeld = offset + bytes.length <= entry.next;
      if (isGap || (isTooMuch && !isHeld)) entry.refusal = answer;
      else {
        if (!isHeld) takeBytes(entry, offset, bytes);
        buffered += unwritten(entry) - before;
        entry.answer = answer;
      }
      if (unwritten(entry) === 0) answerHeld(entry);
      else rounds.begin(entry);
    },
    resumeAt: (id) => heldOf(entries.of(id)).acked,
    size: (id) => entries.of(id).durable,
    found: keeper.found,
    async remove(id) {
      const entry = entries.get(id);
      while (entry && entry.round !== null) await entry.round;
      if (entry) {
        entries.drop(id);
        rounds.forget(entry);
        buffered -= unwritten(entry);
      }
      await keeper.remove(id);
    },
    sweep: keeper.sweep,
    async close() {
      await rounds.close();
      for (const id of entries.ids()) await keeper.rest(id);
    },
  };
}
