import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import { answerHeld, type Entry, unwritten } from './entry.ts';
import type { OutputKeeper } from './keeper.ts';

/** Writes outputs, as many at a time as the keeper has lanes (log.ts, O5). */
export type Rounds = {
  /** The entry has bytes to write. Nothing happens if it is being written, or waits for a retry. */
  begin(entry: Entry): void;
  forget(entry: Entry): void;
  /** Begins no further write, and waits for those under way. */
  close(): Promise<void>;
};

export type RoundsDeps = {
  keeper: Pick<OutputKeeper, 'append' | 'lanes' | 'rest'>;
  clock: Clock;
  log: Log;
  /** So many bytes are durable now. */
  onWritten: (bytes: number) => void;
};

const RETRY_MS = 1000;
/** At most one mark per this interval: the precision of a line's time. */
const MARK_MS = 1000;

export function createRounds({ keeper, clock, log, onWritten }: RoundsDeps): Rounds {
  const ready = new Set<Entry>();
  const failing = new Set<Entry>();
  const rounds = new Set<Promise<void>>();
  let retry: TimerHandle | null = null;
  let closed = false;

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
    onWritten(bytes);
  }

  function written(entry: Entry): void {
    entry.round = null;
    if (failing.delete(entry) && failing.size === 0) log.info('output can be written again');
    if (unwritten(entry) > 0) ready.add(entry);
    answerHeld(entry);
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
    begin(entry) {
      if (entry.round || failing.has(entry)) return;
      ready.add(entry);
      pump();
    },
    forget(entry) {
      ready.delete(entry);
      failing.delete(entry);
    },
    async close() {
      closed = true;
      clock.clearTimeout(retry);
      await Promise.all(rounds);
    },
  };
}
