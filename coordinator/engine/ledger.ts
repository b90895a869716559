import { type Command, type HistoryEntry, isActive } from '../../shared/command.ts';
import { SwitchyardError } from '../../shared/errors.ts';
import type { Event, NewEvent } from '../../shared/event.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { Store } from '../store/port.ts';
import { createTurn, needsWrite, type Turn, takeIn } from './turn.ts';

/**
 * The records in memory, and how they become durable.
 *
 * J1 Every record that is active or open is in memory; any other is read from the store when it is asked for.
 * J2 All that changes in one turn of the event loop is written in one transaction; only then do `afterCommit` effects run.
 * J3 If that fails, memory goes back to what is stored, nobody is acknowledged, and `healthy` is false until a write works.
 * J4 What was done in the turn of a host fails by itself: if it can't be written, all else of this turn of the loop still is. Turns that
 *    touch the same host become one.
 */
export type Ledger = {
  get(id: string): CommandRecord | null;
  /** Without what the present turn has changed: what may be shown, and fits the history that is stored. */
  committed(id: string): CommandRecord | null;
  /** Active and open commands of a host, in the order in which they came. */
  live(hostId: string): readonly CommandRecord[];
  allLive(): Iterable<CommandRecord>;
  /** What `run` changes is of this host's turn (J4); anything else is of one turn that all share. */
  inTurnOf<Result>(hostId: string, run: () => Result): Result;
  /** What `run` makes people's events of (category `audit`) was asked for from this address. */
  askedFrom<Result>(address: string, run: () => Result): Result;
  put(record: CommandRecord, durable: boolean): void;
  history(commandId: string, entry: HistoryEntry): void;
  event(event: NewEvent): void;
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
  /** An effect threw: what it had to say to these hosts is lost. */
  onEffectFailed: (cause: unknown, hostIds: ReadonlySet<string>) => void;
};

const isLive = (record: CommandRecord): boolean => record.open || isActive(record.command.status);

export function createLedger({ store, defer, onCommitted, onFailed, onEffectFailed }: LedgerDeps): Ledger {
  const records = new Map<string, CommandRecord>();
  const byHost = new Map<string, Set<string>>();
  /** Of the present turn of the event loop. */
  let open: Turn[] = [];
  let shared: Turn | null = null;
  const ofHost = new Map<string, Turn>();
  let scope: string | null = null;
  let asker: string | null = null;
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

  const begin = (): Turn => {
    const turn = createTurn();
    if (open.length === 0) defer(flush);
    open.push(turn);
    return turn;
  };

  /** Makes the host this turn's, with what another one of this moment did to it. */
  const claim = (turn: Turn, hostId: string): void => {
    const other = ofHost.get(hostId);
    if (other === turn) return;
    turn.hosts.add(hostId);
    ofHost.set(hostId, turn);
    if (!other) return;
    takeIn(turn, other);
    for (const id of other.hosts) ofHost.set(id, turn);
    open = open.filter((one) => one !== other);
    if (shared === other) shared = turn;
  };

  const current = (): Turn => {
    if (scope === null) {
      shared ??= begin();
      return shared;
    }
    const known = ofHost.get(scope);
    if (known) return known;
    const turn = begin();
    claim(turn, scope);
    return turn;
  };

  /** Ended records first: what they free may be taken in the same turn. */
  const inWriteOrder = (ids: Iterable<string>): CommandRecord[] =>
    [...ids]
      .flatMap((id) => records.get(id) ?? [])
      .sort((a, b) => Number(isActive(a.command.status)) - Number(isActive(b.command.status)));

  const write = ({ dirty, history, events, writes }: Turn): Event[] => {
    for (const one of writes) one();
    for (const record of inWriteOrder(dirty)) store.commands.save(record);
    for (const { commandId, entry } of history) store.history.append(commandId, entry);
    return events.map((event) => store.events.append(event));
  };

  /** The events of each turn that was written, and why the others were not. */
  function writeAll(turns: readonly Turn[]): { events: Event[]; failed: Map<Turn, unknown> } {
    const failed = new Map<Turn, unknown>();
    try {
      const events = store.transaction(() => {
        if (turns.length === 1) return turns.flatMap(write);
        return turns.flatMap((turn) => {
          const part = store.part(() => write(turn));
          if ('cause' in part) failed.set(turn, part.cause);
          return 'cause' in part ? [] : part.result;
        });
      });
      return { events, failed };
    } catch (cause) {
      return { events: [], failed: new Map(turns.map((turn) => [turn, cause])) };
    }
  }

  function fail(turn: Turn, cause: unknown): void {
    const touched = touchedBy(turn);
    undo(turn);
    const message = 'The store cannot be written; nothing was changed. Try again.';
    turn.done.reject(new SwitchyardError('storage_unavailable', message, { cause }));
    onFailed(cause, touched);
  }

  const touchedBy = ({ before }: Turn): CommandRecord[] => [...before.keys()].flatMap((id) => records.get(id) ?? []);

  const act = ({ effects, hosts }: Turn): void => {
    for (const effect of effects)
      try {
        effect();
      } catch (cause) {
        onEffectFailed(cause, hosts);
      }
  };

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
    const turns = open;
    open = [];
    shared = null;
    ofHost.clear();
    const toWrite = turns.filter(needsWrite);
    const { events, failed } =
      toWrite.length > 0 ? writeAll(toWrite) : { events: [], failed: new Map<Turn, unknown>() };
    if (toWrite.length > 0) healthy = failed.size < toWrite.length;
    for (const [turn, cause] of failed) fail(turn, cause);
    const kept = turns.filter((turn) => !failed.has(turn));
    if (kept.length === 0) return;
    const ended = kept.flatMap(endedIn);
    const touched = kept.flatMap(touchedBy);
    for (const record of touched) if (!isLive(record)) displace(record);
    onCommitted({ records: touched, ended, events });
    for (const { done } of kept) done.resolve();
    for (const turn of kept) act(turn);
  }

  for (const record of store.commands.live()) place(record);

  const get = (id: string): CommandRecord | null => records.get(id) ?? store.commands.get(id);

  return {
    get,
    committed(id) {
      const hostId = records.get(id)?.command.hostId;
      const before = hostId === undefined ? undefined : ofHost.get(hostId)?.before.get(id);
      return before === undefined ? get(id) : (before ?? store.commands.get(id));
    },
    live(hostId) {
      const ids = byHost.get(hostId);
      // Asked at every heartbeat, and mostly there are none.
      return ids ? [...ids].flatMap((id) => records.get(id) ?? []) : [];
    },
    allLive: () => records.values(),
    inTurnOf(hostId, run) {
      const outer = scope;
      scope = hostId;
      try {
        return run();
      } finally {
        scope = outer;
      }
    },
    askedFrom(address, run) {
      const outer = asker;
      asker = address;
      try {
        return run();
      } finally {
        asker = outer;
      }
    },
    put(record, durable) {
      const { id, hostId } = record.command;
      const turn = current();
      claim(turn, hostId);
      const { before, dirty } = turn;
      if (!before.has(id)) before.set(id, records.get(id) ?? null);
      if (durable) dirty.add(id);
      place(record);
    },
    history: (commandId, entry) => void current().history.push({ commandId, entry }),
    event(event) {
      const address = event.address ?? (event.category === 'audit' ? asker : null);
      current().events.push({ ...event, address });
    },
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
