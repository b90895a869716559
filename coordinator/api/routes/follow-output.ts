import type { Arrival } from '../../../shared/output-arrival.ts';
import type { Change, Feed } from '../../engine/changes.ts';
import type { OutputReader } from '../../output/reader.ts';

export type FollowOutputDeps = {
  feed: Pick<Feed, 'subscribe'>;
  reader: OutputReader;
  /** As it is now; null once the command is deleted. */
  arrival: () => Promise<Arrival | null>;
};

/** Where the command's output is wanted from, how much of it, and until when at most. */
export type Follow = { id: string; hostId: string; offset: number; limit: number; signal: AbortSignal };

/** The output as it becomes durable, until the command has ended and all of it is held, or the rest can't come, or not now. */
export async function* followOutput(deps: FollowOutputDeps, follow: Follow): AsyncGenerator<Uint8Array, void> {
  const { feed, reader } = deps;
  const { id, hostId, offset, limit, signal } = follow;
  let changed = Promise.withResolvers<void>();
  const wake = () => changed.resolve();
  const concerns = (change: Change): boolean =>
    (change.type === 'output' && change.commandId === id) ||
    (change.type === 'command' && change.command.id === id) ||
    ((change.type === 'host' || change.type === 'host_removed') && change.hostId === hostId);

  const unsubscribe = feed.subscribe((changes) => {
    if (changes.some(concerns)) wake();
  });
  signal.addEventListener('abort', wake);
  try {
    const end = offset + limit;
    let at = offset;
    while (!signal.aborted) {
      // Asked before reading: what comes while it is read is read in the next round.
      changed = Promise.withResolvers<void>();
      const isLast = isOver(await deps.arrival());
      for await (const piece of reader.read(id, at, end - at)) {
        yield piece;
        at += piece.length;
      }
      if (isLast || at >= end) return;
      await changed.promise;
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', wake);
  }
}

const isOver = (arrival: Arrival | null): boolean => arrival !== 'growing' && arrival !== 'arriving';
