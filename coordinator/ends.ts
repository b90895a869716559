import { type Command, isActive } from '../shared/command.ts';
import type { Engine } from './engine.ts';
import type { Feed } from './feed.ts';

export type EndsDeps = {
  engine: Pick<Engine, 'allLive'>;
  feed: Pick<Feed, 'subscribe'>;
  onEnded: (command: Command) => void;
};

/**
 * Tells once of each command that it has ended, although an ended one may change again (a late result, output that
 * follows). Returns what ends it.
 */
export function watchEnds({ engine, feed, onEnded }: EndsDeps): () => void {
  const active = new Set<string>();
  for (const { command } of engine.allLive()) if (isActive(command.status)) active.add(command.id);

  return feed.subscribe((changes) => {
    for (const change of changes) {
      if (change.type !== 'command') continue;
      const { id, status, dispatchedAt } = change.command;
      if (isActive(status)) active.add(id);
      // One that came as ended was never sent, and does not change again.
      else if (active.delete(id) || dispatchedAt === null) onEnded(change.command);
    }
  });
}
