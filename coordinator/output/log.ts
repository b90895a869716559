import type { FileHandle } from 'node:fs/promises';
import type { Clock, TimerHandle } from '../../shared/clock.ts';
import type { Log } from '../config/log.ts';
import {
  durableSize,
  fileSize,
  MARK_BYTES,
  marksPath,
  openOutput,
  outputPath,
  removeOutput,
  writeMark,
  writePieces,
} from './file.ts';

/**
 * The output of commands, each an append-only file of bytes (docs/protocol.md section 2, rule 3).
 * O1 `acked` covers only bytes that are durable, or that lie past the limit and were dropped.
 * O2 A file holds the output's bytes from 0 on without a hole; held bytes are skipped, a gap is refused.
 * O3 Every append is answered. A later answer for the same command may overtake and cover it. A refused append is answered after
 *    everything that was accepted before it, so that its answer repeats the offset and the sender goes back.
 * O4 Unwritten output is bounded: over the budget, a command may have one piece waiting, and more is refused.
 * O5 One write at a time per file; a failed write keeps its bytes waiting, unanswered, and is retried.
 */

/** How much of a command's output is held. */
export type Held = {
  /** Nothing below this offset must be sent again. */
  acked: number;
  /** Durable bytes of the file. */
  bytes: number;
  /** Output past the limit came and was dropped; set only once everything up to the limit is held. */
  truncated: boolean;
};

export type OutputLog = {
  /**
   * Takes the bytes at `offset`, and keeps a reference to them until they are written. Calls `answer` with the held state once
   * this append can change it no further, and possibly earlier with less; at once if nothing is to be written.
   */
  append(id: string, offset: number, bytes: Uint8Array, answer: (held: Held) => void): void;
  /** The offset from which a sender continues. */
  resumeAt(id: string): number;
  /** Durable bytes. */
  size(id: string): number;
  /** Bytes in the file, of which a power cut may still take some: quick, for a start that asks about thousands. */
  found(id: string): number;
  remove(id: string): Promise<void>;
  /** Waits for writes under way; waiting bytes are left to be sent again. */
  close(): Promise<void>;
};

export type OutputLogDeps = {
  /** Made on first use. */
  dir: string;
  /** Bytes kept per command. */
  limitBytes: number;
  clock: Clock;
  log: Log;
  /** Unwritten bytes, over all commands. */
  budgetBytes?: number;
  /** Files kept open between writes. */
  openFiles?: number;
};

type Entry = {
  id: string;
  /** End of what was accepted, kept or dropped. */
  next: number;
  durable: number;
  waiting: Uint8Array[];
  handle: FileHandle | null;
  round: Promise<void> | null;
  answer: ((held: Held) => void) | null;
  refusal: ((held: Held) => void) | null;
  marks: number;
  markedAt: number | null;
};

/** Files written at once; more would only queue in Node's four threads. */
const LANES = 4;
const RETRY_MS = 1000;
/** At most one mark per this interval: the precision of a line's time. */
const MARK_MS = 1000;

export function createOutputLog(deps: OutputLogDeps): OutputLog {
  const { dir, limitBytes, clock, log, budgetBytes = 32 * 1024 * 1024, openFiles = 256 } = deps;
  /** The least recently used first. */
  const entries = new Map<string, Entry>();
  const ready = new Set<Entry>();
  const failing = new Set<Entry>();
  const rounds = new Set<Promise<void>>();
  let retry: TimerHandle | null = null;
  let buffered = 0;
  let closed = false;

  const unwritten = ({ next, durable }: Entry): number => Math.max(0, Math.min(next, limitBytes) - durable);

  const heldOf = (entry: Entry): Held => ({
    acked: unwritten(entry) > 0 ? entry.durable : entry.next,
    bytes: entry.durable,
    truncated: unwritten(entry) === 0 && entry.next > Math.max(limitBytes, entry.durable),
  });

  function load(id: string): Entry {
    const fresh = { waiting: [], handle: null, round: null, answer: null, refusal: null, markedAt: null };
    try {
      const size = durableSize(outputPath(dir, id));
      const marks = Math.floor(fileSize(marksPath(dir, id)) / MARK_BYTES);
      return { id, next: size, durable: size, marks, ...fresh };
    } catch (err) {
      // Safe, because the same bytes come again and overwrite themselves.
      log.error({ err, commandId: id }, 'an output file cannot be read; it is asked for again from its start');
      return { id, next: 0, durable: 0, marks: 0, ...fresh };
    }
  }

  function entryOf(id: string): Entry {
    const entry = entries.get(id) ?? load(id);
    entries.delete(id);
    entries.set(id, entry);
    for (const old of entries.values()) {
      if (entries.size <= openFiles) break;
      if (old === entry || old.round || unwritten(old) > 0) continue;
      entries.delete(old.id);
      void closeFile(old);
    }
    return entry;
  }

  async function closeFile(entry: Entry): Promise<void> {
    const { handle } = entry;
    entry.handle = null;
    // A failed close loses nothing: acknowledged bytes were synced.
    await handle?.close().catch((err) => log.warn({ err, commandId: entry.id }, 'an output file did not close'));
  }

  function take(entry: Entry, offset: number, bytes: Uint8Array): void {
    const before = unwritten(entry);
    const kept = bytes.subarray(Math.max(0, entry.next - offset), Math.max(0, limitBytes - offset));
    entry.next = offset + bytes.length;
    if (kept.length > 0) entry.waiting.push(kept);
    buffered += unwritten(entry) - before;
  }

  function tellHeld(entry: Entry): void {
    const held = heldOf(entry);
    const { answer, refusal } = entry;
    if (unwritten(entry) === 0) {
      entry.answer = null;
      entry.refusal = null;
    }
    answer?.(held);
    if (unwritten(entry) === 0) refusal?.(held);
  }

  function pump(): void {
    for (const entry of ready) {
      if (rounds.size >= LANES || closed) return;
      ready.delete(entry);
      const round = write(entry).then(
        () => written(entry),
        (err) => failed(entry, err),
      );
      entry.round = round;
      rounds.add(round);
      void round.finally(() => {
        rounds.delete(round);
        pump();
      });
    }
  }

  async function write(entry: Entry): Promise<void> {
    const { id, durable } = entry;
    const now = clock.now();
    if (entry.markedAt === null || Math.abs(now - entry.markedAt) >= MARK_MS) {
      await writeMark(marksPath(dir, id), entry.marks, durable, now);
      entry.marks += 1;
      entry.markedAt = now;
    }
    entry.handle ??= await openOutput(outputPath(dir, id));
    const pieces = [...entry.waiting];
    const bytes = await writePieces(entry.handle, pieces, durable);
    await entry.handle.datasync();
    entry.waiting.splice(0, pieces.length);
    entry.durable += bytes;
    buffered -= bytes;
  }

  function written(entry: Entry): void {
    entry.round = null;
    if (failing.delete(entry) && failing.size === 0) log.info('output can be written again');
    if (unwritten(entry) > 0) ready.add(entry);
    tellHeld(entry);
  }

  async function failed(entry: Entry, err: unknown): Promise<void> {
    await closeFile(entry);
    entry.round = null;
    if (failing.size === 0) log.error({ err, commandId: entry.id }, 'output cannot be written; retrying');
    failing.add(entry);
    if (closed) return;
    retry ??= clock.setTimeout(() => {
      retry = null;
      for (const one of failing) ready.add(one);
      pump();
    }, RETRY_MS);
  }

  return {
    append(id, offset, bytes, answer) {
      const entry = entryOf(id);
      const isGap = offset > entry.next && entry.next < limitBytes;
      const isTooMuch = unwritten(entry) > 0 && buffered + bytes.length > budgetBytes;
      const isHeld = offset + bytes.length <= entry.next;
      if (isGap || (isTooMuch && !isHeld)) entry.refusal = answer;
      else {
        if (!isHeld) take(entry, offset, bytes);
        entry.answer = answer;
      }
      if (unwritten(entry) === 0) tellHeld(entry);
      else if (!entry.round && !failing.has(entry)) {
        ready.add(entry);
        pump();
      }
    },
    resumeAt: (id) => heldOf(entryOf(id)).acked,
    size: (id) => entryOf(id).durable,
    found(id) {
      try {
        return fileSize(outputPath(dir, id));
      } catch {
        // Reported when somebody needs the bytes.
        return 0;
      }
    },
    async remove(id) {
      const entry = entries.get(id);
      while (entry && entry.round !== null) await entry.round;
      if (entry) {
        entries.delete(id);
        ready.delete(entry);
        failing.delete(entry);
        buffered -= unwritten(entry);
        await closeFile(entry);
      }
      await removeOutput(dir, id);
    },
    async close() {
      closed = true;
      clock.clearTimeout(retry);
      await Promise.all(rounds);
      for (const entry of entries.values()) await closeFile(entry);
    },
  };
}
