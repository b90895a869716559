import type { Event } from '../../shared/model/event.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { Store } from '../store/port.ts';
import type { Written } from '../store/write.ts';
import { isLive, type Memory } from './memory.ts';
import type { Signals } from './signals.ts';
import { createTakingBack } from './taking-back.ts';
import { createTurn, endedIn, needsWrite, type Turn, writesOf } from './turn.ts';
import { claim, newTurnBatch, removeBuiltOn, type TurnBatch } from './turn-batch.ts';
import { createTurnEffects } from './turn-effects.ts';

/**
 * Collects turns and hands them to the store in batches (ledger.ts, J2 to J4). The effects of written turns run;
 * other turns are taken back from memory. Hosts are heard before a large batch, after it and between its effects: one that is not
 * answered for 30 s ends its connection.
 */
export type Batches = {
  /** The host's turn of the open batch, or the shared one. Begins it if there is none. */
  turnOf(hostId: string | null): Turn;
  /** Puts the record into memory as a change of this turn. */
  put(turn: Turn, record: CommandRecord, durable: boolean): void;
  /** The turn whose effects run. */
  acting(): Turn | null;
  /** The stored record if it differs from memory: null if it is not live there. Undefined if it does not differ. */
  storedOf(record: CommandRecord): CommandRecord | null | undefined;
  /** False after a failed batch, until a write works. */
  healthy(): boolean;
};

export type BatchesDeps = {
  store: Pick<Store, 'write'>;
  /** Runs once at the end of the present turn of the event loop. */
  defer: (run: () => void) => void;
  signals: Pick<Signals, 'writing' | 'committed' | 'failed' | 'untold'>;
  memory: Memory;
  /** The record has left memory. */
  onDropped: (id: string) => void;
};

/** Records of a batch that takes a second or more. */
const MANY_RECORDS = 5_000;
export function createBatches({ store, defer, signals, memory, onDropped }: BatchesDeps): Batches {
  /** Changes that are being collected. */
  let open = newTurnBatch();
  /** Changes that were handed to the store, which has not answered yet. */
  let underWay: TurnBatch | null = null;
  /** The next batch is ready and waits for the one under way. */
  let isDue = false;
  /** Hosts were heard since the large batch came together. */
  let isRested = false;
  let healthy = true;
  const effects = createTurnEffects({ signals, defer });
  const { takeBack, drop } = createTakingBack({ signals, memory, onDropped });

  const begin = (): Turn => {
    const turn = createTurn();
    if (open.turns.length === 0) defer(handOver);
    open.turns.push(turn);
    return turn;
  };

  function handOver(): void {
    if (underWay || effects.wait()) {
      isDue = true;
      return;
    }
    if (!isRested && isLarge(open)) {
      isRested = true;
      defer(handOver);
      return;
    }
    isRested = false;
    const batch = open;
    open = newTurnBatch();
    underWay = batch;
    const written = batch.turns.filter(needsWrite);
    for (const turn of written) signals.writing.tell(turn);
    if (written.length === 0) heard(batch, new Map());
    else store.write(written.map(writesOf), (results) => heard(batch, byTurn(written, results)));
  }

  function heard(batch: TurnBatch, results: ReadonlyMap<Turn, Written>): void {
    underWay = null;
    const { failed, events } = apart(results);
    if (results.size > 0) healthy = failed.length < results.size;
    const lost = new Map(failed);
    // Later turns are undone before the turns that they are built on.
    const later = removeBuiltOn(open, [...lost.keys()], batch.shared);
    for (const [turn, earlier] of later) takeBack(turn, lost.get(earlier));
    for (const [turn, cause] of failed) takeBack(turn, cause);
    const kept = batch.turns.filter((turn) => !lost.has(turn));
    publish(kept, events);
    effects.run(kept, isLarge(batch), () => {
      if (!isDue) return;
      isDue = false;
      handOver();
    });
  }

  function publish(kept: readonly Turn[], events: Event[]): void {
    if (kept.length === 0) return;
    const ended = kept.flatMap(endedIn);
    const records = kept.flatMap(({ after }) => [...after.values()]);
    for (const record of records)
      if (!isLive(record) && memory.get(record.command.id) === record && !isChanging(record)) drop(record);
    signals.committed.tell({ records, ended, events });
    for (const { done } of kept) done.resolve();
  }

  const isChanging = ({ command: { id, hostId } }: CommandRecord): boolean =>
    open.ofHost.get(hostId)?.before.has(id) ?? false;

  return {
    turnOf(hostId) {
      if (hostId === null) {
        open.shared ??= begin();
        return open.shared;
      }
      const known = open.ofHost.get(hostId);
      if (known) return known;
      const turn = begin();
      claim(open, turn, hostId);
      return turn;
    },
    put(turn, record, durable) {
      const { id, hostId } = record.command;
      claim(open, turn, hostId);
      const { before, after, dirty } = turn;
      if (!before.has(id)) before.set(id, memory.get(id));
      after.set(id, record);
      if (durable) dirty.add(id);
      memory.put(record);
    },
    acting: effects.acting,
    storedOf({ command: { id, hostId } }) {
      const first = underWay?.ofHost.get(hostId)?.before.get(id);
      return first === undefined ? open.ofHost.get(hostId)?.before.get(id) : first;
    },
    healthy: () => healthy,
  };
}

const isLarge = ({ turns }: TurnBatch): boolean => {
  let records = 0;
  for (const { after } of turns) records += after.size;
  return records > MANY_RECORDS;
};

const byTurn = (turns: readonly Turn[], results: readonly Written[]): Map<Turn, Written> =>
  new Map(turns.map((turn, index) => [turn, results[index] ?? { cause: new Error('the store did not report on it') }]));

/** The turns that could not be written with their causes, and the events of the others. */
function apart(results: ReadonlyMap<Turn, Written>): { failed: [Turn, unknown][]; events: Event[] } {
  const failed: [Turn, unknown][] = [];
  const events: Event[] = [];
  for (const [turn, result] of results)
    if ('cause' in result) failed.push([turn, result.cause]);
    else events.push(...result.events);
  return { failed, events };
}
