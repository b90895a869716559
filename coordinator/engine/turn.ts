import { type Command, type HistoryEntry, isActive } from '../../shared/model/command.ts';
import type { NewEvent } from '../../shared/model/event.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { Write } from '../store/write.ts';

/** Changes that are written together, as a whole or not at all. */
export type Turn = {
  /** The hosts whose commands it touches; no other turn of its batch touches them. */
  hosts: Set<string>;
  /** Each touched record before the turn; null if it was not in memory. */
  before: Map<string, CommandRecord | null>;
  /** Each touched record after the turn. */
  after: Map<string, CommandRecord>;
  /** Records to be written. */
  dirty: Set<string>;
  history: { commandId: string; entry: HistoryEntry }[];
  events: NewEvent[];
  writes: Write[];
  undos: (() => void)[];
  effects: (() => void)[];
  done: PromiseWithResolvers<void>;
};

export function createTurn(): Turn {
  const done = Promise.withResolvers<void>();
  // Nobody has to wait for a turn; those who do see its failure.
  done.promise.catch(() => {});
  return {
    hosts: new Set(),
    before: new Map(),
    after: new Map(),
    dirty: new Set(),
    history: [],
    events: [],
    writes: [],
    undos: [],
    effects: [],
    done,
  };
}

export const needsWrite = ({ dirty, history, events, writes }: Turn): boolean =>
  dirty.size + history.length + events.length + writes.length > 0;

/** Ended records first: the slot that they free may be taken in the same turn. */
export function writesOf({ writes, after, dirty, history, events }: Turn): Write[] {
  const records = [...dirty]
    .flatMap((id) => after.get(id) ?? [])
    .sort((a, b) => Number(isActive(a.command.status)) - Number(isActive(b.command.status)));
  return [
    ...writes,
    ...records.map((record): Write => ({ type: 'command', record })),
    ...history.map((one): Write => ({ type: 'history', ...one })),
    ...events.map((event): Write => ({ type: 'event', event })),
  ];
}

/** Each command once in its life, although an ended one may change again (a late result): only the history shows its status changes. */
export const endedIn = ({ history, after }: Turn): Command[] =>
  history
    .filter(({ entry: { from, to } }) => from !== to && !isActive(to))
    .flatMap(({ commandId }) => after.get(commandId)?.command ?? []);

/**
 * Puts the changes of `earlier` to its hosts before those of `turn`; `earlier` then ends as `turn` does. In place, because a dispatch to a
 * whole fleet takes in the turns of many hosts.
 */
export function takeIn(turn: Turn, earlier: Turn): void {
  for (const hostId of earlier.hosts) turn.hosts.add(hostId);
  for (const [id, record] of earlier.before) turn.before.set(id, record);
  for (const [id, record] of earlier.after) turn.after.set(id, record);
  for (const id of earlier.dirty) turn.dirty.add(id);
  turn.history = joined(earlier.history, turn.history);
  turn.events = joined(earlier.events, turn.events);
  turn.writes = joined(earlier.writes, turn.writes);
  turn.undos = joined(earlier.undos, turn.undos);
  turn.effects = joined(earlier.effects, turn.effects);
  turn.done.promise.then(earlier.done.resolve, earlier.done.reject);
}

/** The most items passed as arguments of one call. */
const FEW = 1_000;

/** Adds a few items to the existing list in place: to copy a fleet's list for each of its hosts would take minutes. */
function joined<Item>(first: readonly Item[], then: Item[]): Item[] {
  if (first.length > FEW) return [...first, ...then];
  then.unshift(...first);
  return then;
}
