import { type Command, type HistoryEntry, isActive } from '../../shared/command.ts';
import { SwitchyardError } from '../../shared/errors.ts';
import type { Event } from '../../shared/event.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { Store } from '../store/store.ts';

/**
 * The records in memory, and how they become durable.
 *
 * J1 Every record that is active or open is in memory; any other is read from the store when it is asked for.
 * J2 All that changes in one turn of the event loop is written in one transaction; only then do `afterCommit` effects run.
 * J3 If that fails, memory goes back to what is stored, nobody is acknowledged, and `healthy` is false until a write works.
 */
export type Ledger = {
  get(id: string): CommandRecord | null;
  /** Without what the present turn has changed: what may be shown, and fits the history that is stored. */
  committed(id: string): CommandRecord | null;
  /** Active and open commands of a host, in the order in which they came. */
  live(hostId: string): readonly CommandRecord[];
  allLive(): Iterable<CommandRecord>;
  put(record: CommandRecord, durable: boolean): void;
  history(commandId: string, entry: HistoryEntry): void;
  event(event: Omit<Event, 'id'>): void;
  /** Another write of this turn, and what undoes it in memory. */
  also(write: () => void, undo?: () => void): void;
  /** Runs once the turn is durable; never if it fails. */
  afterCommit(run: () => void): void;
  /** Resolves when this turn is durable; rejects with `storage_unavailable`. */
  commit(): Promise<void>;
  healthy(): boolean;
};

export type LedgerDeps = {
  store: Store;
  /** Runs once at the end of the present turn. */
  defer: (run: () => void) => void;
  /** What a turn changed, when it is durable, before its `afterCommit` effects. */
  onCommitted: (changed: { records: CommandRecord[]; ended: Command[]; events: Event[] }) => void;
  onFailed: (cause: unknown, touched: CommandRecord[]) => void;
};

type Turn = {
  /** What each touched record was before: null where it was not in memory. */
  before: Map<string, CommandRecord | null>;
  dirty: Set<string>;
  history: { commandId: string; entry: HistoryEntry }[];
  events: Omit<Event, 'id'>[];
  writes: (() => void)[];
  undos: (() => void)[];
  effects: (() => void)[];
  done: PromiseWithResolvers<void>;
};

const isLive = (record: CommandRecord): boolean => record.open || isActive(record.command.status);

export function createLedger({ store, defer, onCommitted, onFailed }: LedgerDeps): Ledger {
  const records = new Map<string, CommandRecord>();
  const byHost = new Map<string, Set<string>>();
  let turn: Turn | null = null;
  let healthy = true;

  const place = (record: CommandRecord): void => {
    const { id, hostId } = record.command;
    records.set(id, record);
    const ids = byHost.get(hostId);
    if (ids) ids.add(id);
    else byHost.set(hostId, new Set([id]));
  };

  const displace = (record: CommandRecord): void => {
    const { id, hostId } = record.command;
    records.delete(id);
    const ids = byHost.get(hostId);
    ids?.delete(id);
    if (ids?.size === 0) byHost.delete(hostId);
  };

  const current = (): Turn => {
    if (turn) return turn;
    const done = Promise.withResolvers<void>();
    // Nobody has to wait for a turn; whoever does sees its failure.
    done.promise.catch(() => {});
    turn = { before: new Map(), dirty: new Set(), history: [], events: [], writes: [], undos: [], effects: [], done };
    defer(flush);
    return turn;
  };

  /** Ended records first: what they free may be taken in the same turn. */
  const inWriteOrder = (ids: Iterable<string>): CommandRecord[] =>
    [...ids]
      .flatMap((id) => records.get(id) ?? [])
      .sort((a, b) => Number(isActive(a.command.status)) - Number(isActive(b.command.status)));

  const write = ({ dirty, history, events, writes }: Turn): Event[] =>
    store.transaction(() => {
      for (const one of writes) one();
      for (const record of inWriteOrder(dirty)) store.commands.save(record);
      for (const { commandId, entry } of history) store.history.append(commandId, entry);
      return events.map((event) => store.events.append(event));
    });

  const undo = ({ before, undos }: Turn): void => {
    for (const one of undos.reverse()) one();
    for (const [id, record] of before) {
      const now = records.get(id);
      if (record) place(record);
      else if (now) displace(now);
    }
  };

  /** Each command once in its life, although an ended one may change again (a late result): of its status only the history tells. */
  const endedIn = ({ history }: Turn): Command[] =>
    history
      .filter(({ entry: { from, to } }) => from !== to && !isActive(to))
      .flatMap(({ commandId }) => records.get(commandId)?.command ?? []);

  function flush(): void {
    const ending = turn;
    turn = null;
    if (!ending) return;
    const touched = [...ending.before.keys()].flatMap((id) => records.get(id) ?? []);
    let events: Event[];
    try {
      const needsWrite = ending.dirty.size + ending.history.length + ending.events.length + ending.writes.length > 0;
      events = needsWrite ? write(ending) : [];
      if (needsWrite) healthy = true;
    } catch (cause) {
      healthy = false;
      undo(ending);
      ending.done.reject(
        new SwitchyardError('storage_unavailable', 'The store cannot be written; nothing was changed. Try again.', {
          cause,
        }),
      );
      onFailed(cause, touched);
      return;
    }
    const ended = endedIn(ending);
    for (const record of touched) if (!isLive(record)) displace(record);
    onCommitted({ records: touched, ended, events });
    ending.done.resolve();
    for (const effect of ending.effects) effect();
  }

  for (const record of store.commands.live()) place(record);

  const get = (id: string): CommandRecord | null => records.get(id) ?? store.commands.get(id);

  return {
    get,
    committed(id) {
      const before = turn?.before.get(id);
      return before === undefined ? get(id) : (before ?? store.commands.get(id));
    },
    live(hostId) {
      const ids = byHost.get(hostId);
      // Asked at every heartbeat, and mostly there are none.
      return ids ? [...ids].flatMap((id) => records.get(id) ?? []) : [];
    },
    allLive: () => records.values(),
    put(record, durable) {
      const { id } = record.command;
      const { before, dirty } = current();
      if (!before.has(id)) before.set(id, records.get(id) ?? null);
      if (durable) dirty.add(id);
      place(record);
    },
    history: (commandId, entry) => void current().history.push({ commandId, entry }),
    event: (event) => void current().events.push(event),
    also(write, undo) {
      const { writes, undos } = current();
      writes.push(write);
      if (undo) undos.push(undo);
    },
    afterCommit: (run) => void current().effects.push(run),
    commit: () => current().done.promise,
    healthy: () => healthy,
  };
}
