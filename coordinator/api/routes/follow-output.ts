import type { Arrival } from '../../../shared/model/output-arrival.ts';
import type { Change, Feed } from '../../engine/changes.ts';
import type { OutputReader } from '../../output/reader.ts';

export type FollowOutputDeps = {
  feed: Pick<Feed, 'subscribe'>;
  reader: OutputReader;
  /** The present state; null once the command is deleted. */
  arrival: () => Promise<Arrival | null>;
};

/** The command whose output to read, from which offset and how much; `follow`: how long. */
export type Follow = { id: string; hostId: string; offset: number; limit: number; signal: AbortSignal };

/** The output as it becomes durable, until the command has ended and all of it is held, or until the rest can't come, or can't come now. */
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
      // Asked before reading: bytes that arrive during the read come in the next round.
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
