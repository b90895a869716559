import type { HistoryEntry } from '../../shared/command.ts';
import type { NewEvent } from '../../shared/event.ts';
import type { CommandRecord } from '../lifecycle/record.ts';

/** What changes together: written as a whole, or not at all. */
export type Turn = {
  /** Hosts whose commands it touches; no other turn of this moment does. */
  hosts: Set<string>;
  /** What each touched record was before: null where it was not in memory. */
  before: Map<string, CommandRecord | null>;
  /** Records to be written. */
  dirty: Set<string>;
  history: { commandId: string; entry: HistoryEntry }[];
  events: NewEvent[];
  writes: (() => void)[];
  undos: (() => void)[];
  effects: (() => void)[];
  done: PromiseWithResolvers<void>;
};

export function createTurn(): Turn {
  const done = Promise.withResolvers<void>();
  // Nobody has to wait for a turn; whoever does sees its failure.
  done.promise.catch(() => {});
  return {
    ...{ hosts: new Set(), before: new Map(), dirty: new Set(), done },
    ...{ history: [], events: [], writes: [], undos: [], effects: [] },
  };
}

export const needsWrite = ({ dirty, history, events, writes }: Turn): boolean =>
  dirty.size + history.length + events.length + writes.length > 0;

/** Puts what `earlier` did to its hosts before what `turn` does to them; `earlier` ends as `turn` does. */
export function takeIn(turn: Turn, earlier: Turn): void {
  for (const hostId of earlier.hosts) turn.hosts.add(hostId);
  turn.before = new Map([...turn.before, ...earlier.before]);
  for (const id of earlier.dirty) turn.dirty.add(id);
  turn.history = [...earlier.history, ...turn.history];
  turn.events = [...earlier.events, ...turn.events];
  turn.writes = [...earlier.writes, ...turn.writes];
  turn.undos = [...earlier.undos, ...turn.undos];
  turn.effects = [...earlier.effects, ...turn.effects];
  turn.done.promise.then(earlier.done.resolve, earlier.done.reject);
}
