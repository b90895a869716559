import type { Clock, TimerHandle } from '../../shared/clock.ts';
import type { Log } from '../config/log.ts';
import { type Read, whenRead } from '../store/read.ts';
import type { OutputKeeper } from './keeper.ts';

/**
 * The output of commands, each an append-only run of bytes (docs/protocol.md section 2, rule 3).
 * O1 `acked` covers only bytes that are durable, or that lie past the limit and were dropped.
 * O2 It holds the output's bytes from 0 on without a hole; held bytes are skipped, a gap is refused.
 * O3 Every append is answered. A later answer for the same command may overtake and cover it. A refused append is answered after
 *    everything that was accepted before it, so that its answer repeats the offset and the sender goes back.
 * O4 Unwritten output is bounded: over the budget, a command may have one piece waiting, and more is refused.
 * O5 One write at a time per output; a failed write keeps its bytes waiting, unanswered, and is retried.
 */

/** How much of a command's output is held. */
export type Held = {
  /** Nothing below this offset must be sent again. */
  acked: number;
  /** Durable bytes. */
  bytes: number;
  /** Output past the limit came and was dropped; set only once everything up to the limit is held. */
  truncated: boolean;
};

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

type Entry = {
  id: string;
  /** End of what was accepted, kept or dropped. */
  next: number;
  durable: number;
  waiting: Uint8Array[];
  round: Promise<void> | null;
  answer: ((held: Held) => void) | null;
  refusal: ((held: Held) => void) | null;
  markedAt: number | null;
};

const RETRY_MS = 1000;
/** At most one mark per this interval: the precision of a line's time. */
const MARK_MS = 1000;

export function createOutputLog(deps: OutputLogDeps): OutputLog {
  const { keeper, limitBytes, clock, log, budgetBytes = 32 * 1024 * 1024 } = deps;
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

  /** Adds an entry for the output, unless another request has added one meanwhile. */
  function enter(id: string, size: number): void {
    if (entries.has(id)) return;
    const fresh = { waiting: [], round: null, answer: null, refusal: null, markedAt: null };
    entries.set(id, { id, next: size, durable: size, ...fresh });
  }

  function know(ids: readonly string[]): Read<void> {
    const unknown = ids.filter((id) => !entries.has(id));
    if (unknown.length === 0) return;
    return whenRead(keeper.held(unknown), (held) => {
      for (const id of unknown) enter(id, held.get(id) ?? 0);
    });
  }

  function entryOf(id: string): Entry {
    const later = know([id]);
    const entry = entries.get(id);
    if (!entry) {
      if (later instanceof Promise) later.catch(() => {});
      throw new Error(`the output of ${id} was not asked for before`);
    }
    entries.delete(id);
    entries.set(id, entry);
    for (const old of entries.values()) {
      if (entries.size <= keeper.open) break;
      if (old === entry || old.round || unwritten(old) > 0) continue;
      entries.delete(old.id);
      void keeper.rest(old.id);
    }
    return entry;
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
      if (rounds.size >= keeper.lanes || closed) return;
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
    const now = clock.now();
    const isMark = entry.markedAt === null || Math.abs(now - entry.markedAt) >= MARK_MS;
    let taken = 0;
    const take = () => {
      taken = entry.waiting.length;
      return [...entry.waiting];
    };
    const bytes = await keeper.append(entry.id, entry.durable, take, now, isMark);
    if (isMark) entry.markedAt = now;
    entry.waiting.splice(0, taken);
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
    await keeper.rest(entry.id);
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
    know,
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
    found: keeper.found,
    async remove(id) {
      const entry = entries.get(id);
      while (entry && entry.round !== null) await entry.round;
      if (entry) {
        entries.delete(id);
        ready.delete(entry);
        failing.delete(entry);
        buffered -= unwritten(entry);
      }
      await keeper.remove(id);
    },
    sweep: keeper.sweep,
    async close() {
      closed = true;
      clock.clearTimeout(retry);
      await Promise.all(rounds);
      for (const id of entries.keys()) await keeper.rest(id);
    },
  };
}
