import type { HistoryEntry } from '../../shared/model/command.ts';
import type { EventDraft } from '../../shared/model/event.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { Store } from '../store/port.ts';
import type { Read } from '../store/read.ts';
import type { Write } from '../store/write.ts';
import { createBatches } from './batches.ts';
import { createHand } from './hand.ts';
import { createMemory } from './memory.ts';
import { createScope } from './scope.ts';
import type { Signals } from './signals.ts';
import type { Turn } from './turn.ts';

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
  /** Resolves once the effects of this turn have run too, such as what is shown of a rollout; rejects as `commit` does. */
  acted(): Promise<void>;
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
  for (const record of live) memory.put(record);
  const hand = createHand({ getAll: store.commands.getAll, inMemory: memory.get });
  const scope = createScope();
  const batches = createBatches({ store, defer, signals, memory, onDropped: hand.left });
  const turn = (): Turn => batches.turnOf(scope.hostId());

  const afterCommit = (run: () => void): void => void turn().effects.push(hand.keep(run));

  const asStored = (records: Iterable<CommandRecord>): CommandRecord[] =>
    [...records].flatMap((record) => {
      const stored = batches.storedOf(record);
      return stored === undefined ? record : (stored ?? []);
    });

  return {
    get(id) {
      const record = memory.get(id) ?? batches.acting()?.after.get(id) ?? hand.get(id);
      if (record === undefined) throw new Error(`the record of ${id} was not asked for before`);
      return record;
    },
    inMemory: memory.get,
    withRecords: (ids, run) => hand.with(ids, scope.bound(run)),
    bound: scope.bound,
    committed(id) {
      const record = memory.get(id);
      const stored = record && batches.storedOf(record);
      return (stored === undefined ? record : stored) ?? store.commands.get(id);
    },
    committedLive: (hostId) => asStored(memory.of(hostId)),
    allCommitted: () => asStored(memory.all()),
    live: memory.of,
    allLive: memory.all,
    inTurnOf: scope.inTurnOf,
    askedFrom: scope.askedFrom,
    put: (record, durable) => batches.put(turn(), record, durable),
    history: (commandId, entry) => void turn().history.push({ commandId, entry }),
    event(event) {
      const address = event.address ?? (event.category === 'audit' ? scope.address() : null);
      turn().events.push({ hostId: null, commandId: null, next: null, ...event, address });
    },
    also(write, undo) {
      const { writes, undos } = turn();
      writes.push(write);
      if (undo) undos.push(undo);
    },
    afterCommit,
    commit: () => turn().done.promise,
    acted() {
      const { promise, resolve } = Promise.withResolvers<void>();
      afterCommit(resolve);
      return turn().done.promise.then(() => promise);
    },
    healthy: batches.healthy,
  };
}
