import type { HistoryEntry } from '../../shared/command.ts';
import { SwitchyardError } from '../../shared/errors.ts';
import type { Event, EventDraft } from '../../shared/event.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { Store } from '../store/port.ts';
import type { Read } from '../store/read.ts';
import { CommitUnknown, type Write, type Written } from '../store/write.ts';
import { createHand } from './hand.ts';
import { createMemory, isLive } from './memory.ts';
import { claim, type Moment, newMoment, removeBuiltOn } from './moment.ts';
import type { Signals } from './signals.ts';
import { createTurn, endedIn, needsWrite, type Turn, writesOf } from './turn.ts';

/**
 * The records in memory, and how they become durable.
 * J1 Every active or open record is in memory. Any other is at hand only where `withRecords` read it, and in the effects of that
 *    work. Nothing is read in the middle of a turn.
 * J2 All changes of one turn of the event loop are one batch; `afterCommit` effects run only once the store has it. One batch is
 *    under way at a time: changes meanwhile form the next.
 * J3 If a batch fails, memory returns to the stored state, nobody is acknowledged, and `healthy` is false until a write works.
 * J4 Work in a host's turn is one part of the batch and fails by itself; the rest of the batch is still written. Turns that touch
 *    the same host become one. A later turn built on a failed one fails with it.
 */
export type Ledger = {
  /** A record in memory or at hand. Throws if it was not asked for: whether it exists is then unknown. */
  get(id: string): CommandRecord | null;
  inMemory(id: string): CommandRecord | null;
  /** Runs in one piece with these commands' records at hand; at once if they are in memory or the store has them ready. */
  withRecords<Result>(ids: readonly string[], run: () => Read<Result>): Read<Result>;
  /** Without changes that are not durable yet: safe to show, and consistent with the stored history. */
  committed(id: string): Read<CommandRecord | null>;
  /** `live` and `allLive` as stored. */
  committedLive(hostId: string): readonly CommandRecord[];
  allCommitted(): readonly CommandRecord[];
  /** A host's active and open commands, oldest first. */
  live(hostId: string): readonly CommandRecord[];
  allLive(): Iterable<CommandRecord>;
  /** Changes made by `run` belong to this host's turn (J4); all other changes share one turn. */
  inTurnOf<Result>(hostId: string, run: () => Result): Result;
  /** People's events (category `audit`) made by `run` were asked for from this address. */
  askedFrom<Result>(address: string, run: () => Result): Result;
  /** The same as a function for later, with the present turn and address. */
  bound<Asked extends unknown[], Result>(run: (...asked: Asked) => Result): (...asked: Asked) => Result;
  put(record: CommandRecord, durable: boolean): void;
  history(commandId: string, entry: HistoryEntry): void;
  event(event: EventDraft): void;
  /** Adds a write to this turn, and its undo in memory. */
  also(write: Write, undo?: () => void): void;
  /** Runs once the turn is durable; never if it fails. */
  afterCommit(run: () => void): void;
  /** Resolves once this turn is durable; rejects with `storage_unavailable`. */
  commit(): Promise<void>;
  healthy(): boolean;
};

export type LedgerDeps = {
  store: Pick<Store, 'commands' | 'write'>;
  /** Every active or open record, oldest first. */
  live: readonly CommandRecord[];
  /** Runs once at the end of the present turn. */
  defer: (run: () => void) => void;
  signals: Pick<Signals, 'writing' | 'committed' | 'failed' | 'untold'>;
};

export function createLedger({ store, live, defer, signals }: LedgerDeps): Ledger {
  const memory = createMemory();
  /** Changes that are being collected. */
  let open = newMoment();
  /** Changes that were handed to the store, which has not answered yet. */
  let underWay: Moment | null = null;
  /** The next batch is ready and waits for the one under way. */
  let isDue = false;
  let scope: string | null = null;
  let asker: string | null = null;
  let healthy = true;
  const hand = createHand({ getAll: store.commands.getAll, inMemory: memory.get });
  /** The turn whose effects run. */
  let acting: Turn | null = null;

  const begin = (): Turn => {
    const turn = createTurn();
    if (open.turns.length === 0) defer(handOver);
    open.turns.push(turn);
    return turn;
  };

  const current = (): Turn => {
    if (scope === null) {
      open.shared ??= begin();
      return open.shared;
    }
    const known = open.ofHost.get(scope);
    if (known) return known;
    const turn = begin();
    claim(open, turn, scope);
    return turn;
  };

  function handOver(): void {
    if (underWay) {
      isDue = true;
      return;
    }
    const moment = open;
    open = newMoment();
    underWay = moment;
    const written = moment.turns.filter(needsWrite);
    for (const turn of written) signals.writing.tell(turn);
    if (written.length === 0) heard(moment, new Map());
    else store.write(written.map(writesOf), (results) => heard(moment, byTurn(written, results)));
  }

  const byTurn = (turns: readonly Turn[], results: readonly Written[]): Map<Turn, Written> =>
    new Map(
      turns.map((turn, index) => [turn, results[index] ?? { cause: new Error('the store did not report on it') }]),
    );

  function heard(moment: Moment, results: ReadonlyMap<Turn, Written>): void {
    underWay = null;
    const failed: [Turn, unknown][] = [];
    const events: Event[] = [];
    for (const [turn, result] of results)
      if ('cause' in result) failed.push([turn, result.cause]);
      else events.push(...result.events);
    if (results.size > 0) healthy = failed.length < results.size;
    for (const [turn, cause] of failed) {
      for (const later of removeBuiltOn(open, turn, turn === moment.shared)) fail(later, cause);
      fail(turn, cause);
    }
    const lost = new Set(failed.map(([turn]) => turn));
    publish(
      moment.turns.filter((turn) => !lost.has(turn)),
      events,
    );
    if (!isDue) return;
    isDue = false;
    handOver();
  }

  function publish(kept: readonly Turn[], events: Event[]): void {
    if (kept.length === 0) return;
    const ended = kept.flatMap(endedIn);
    const records = kept.flatMap(({ after }) => [...after.values()]);
    for (const record of records)
      if (!isLive(record) && memory.get(record.command.id) === record && !isChanging(record)) drop(record);
    signals.committed.tell({ records, ended, events });
    for (const { done } of kept) done.resolve();
    for (const turn of kept) act(turn);
  }

  const isChanging = ({ command: { id, hostId } }: CommandRecord): boolean =>
    open.ofHost.get(hostId)?.before.has(id) ?? false;

  function fail(turn: Turn, cause: unknown): void {
    const touched = [...turn.before.keys()].flatMap((id) => memory.get(id) ?? []);
    undo(turn);
    const message =
      cause instanceof CommitUnknown
        ? 'The store was lost at the moment of writing: look whether it was changed before you try again.'
        : 'The store cannot be written; nothing was changed. Try again.';
    turn.done.reject(new SwitchyardError('storage_unavailable', message, { cause }));
    signals.failed.tell({ cause, touched });
  }

  const act = (turn: Turn): void => {
    for (const effect of turn.effects)
      try {
        acting = turn;
        effect();
      } catch (cause) {
        signals.untold.tell({ cause, hostIds: turn.hosts });
      }
    acting = null;
  };

  const undo = ({ before, undos }: Turn): void => {
    for (const one of undos.reverse()) one();
    for (const [id, record] of before) {
      const now = memory.get(id);
      if (record && isLive(record)) memory.put(record);
      else if (now) drop(now);
    }
  };

  function drop(record: CommandRecord): void {
    memory.drop(record);
    hand.left(record.command.id);
  }

  function within<Result>(hostId: string | null, address: string | null, run: () => Result): Result {
    const [outerScope, outerAsker] = [scope, asker];
    scope = hostId;
    asker = address;
    try {
      return run();
    } finally {
      scope = outerScope;
      asker = outerAsker;
    }
  }

  function bound<Asked extends unknown[], Result>(run: (...asked: Asked) => Result): (...asked: Asked) => Result {
    const [hostId, address] = [scope, asker];
    return (...asked) => within(hostId, address, () => run(...asked));
  }

  for (const record of live) memory.put(record);

  /** The stored record if it differs from memory; null if it is not live there. */
  const storedOf = ({ command: { id, hostId } }: CommandRecord): CommandRecord | null | undefined => {
    const first = underWay?.ofHost.get(hostId)?.before.get(id);
    return first === undefined ? open.ofHost.get(hostId)?.before.get(id) : first;
  };

  const asStored = (records: Iterable<CommandRecord>): CommandRecord[] =>
    [...records].flatMap((record) => {
      const stored = storedOf(record);
      return stored === undefined ? record : (stored ?? []);
    });

  return {
    get(id) {
      const record = memory.get(id) ?? acting?.after.get(id) ?? hand.get(id);
      if (record === undefined) throw new Error(`the record of ${id} was not asked for before`);
      return record;
    },
    inMemory: memory.get,
    withRecords: (ids, run) => hand.with(ids, bound(run)),
    bound,
    committed(id) {
      const record = memory.get(id);
      const stored = record && storedOf(record);
      return (stored === undefined ? record : stored) ?? store.commands.get(id);
    },
    committedLive: (hostId) => asStored(memory.of(hostId)),
    allCommitted: () => asStored(memory.all()),
    live: memory.of,
    allLive: memory.all,
    inTurnOf: (hostId, run) => within(hostId, asker, run),
    askedFrom: (address, run) => within(scope, address, run),
    put(record, durable) {
      const { id, hostId } = record.command;
      const turn = current();
      claim(open, turn, hostId);
      const { before, after, dirty } = turn;
      if (!before.has(id)) before.set(id, memory.get(id));
      after.set(id, record);
      if (durable) dirty.add(id);
      memory.put(record);
    },
    history: (commandId, entry) => void current().history.push({ commandId, entry }),
    event(event) {
      const address = event.address ?? (event.category === 'audit' ? asker : null);
      current().events.push({ hostId: null, commandId: null, next: null, ...event, address });
    },
    also(write, undo) {
      const { writes, undos } = current();
      writes.push(write);
      if (undo) undos.push(undo);
    },
    afterCommit: (run) => void current().effects.push(hand.keep(run)),
    commit: () => current().done.promise,
    healthy: () => healthy,
  };
}
