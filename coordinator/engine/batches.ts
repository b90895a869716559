import { SwitchyardError } from '../../shared/errors.ts';
import type { Event } from '../../shared/event.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { Store } from '../store/port.ts';
import { CommitUnknown, type Written } from '../store/write.ts';
import { isLive, type Memory } from './memory.ts';
import type { Signals } from './signals.ts';
import { createTurn, endedIn, needsWrite, type Turn, writesOf } from './turn.ts';
import { claim, newTurnBatch, removeBuiltOn, type TurnBatch } from './turn-batch.ts';

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
/** Effects run in one turn of the event loop, such as frames to hosts: about a second. The answers that come meanwhile take longer. */
const EFFECTS_AT_ONCE = 50_000;

export function createBatches({ store, defer, signals, memory, onDropped }: BatchesDeps): Batches {
  /** Changes that are being collected. */
  let open = newTurnBatch();
  /** Changes that were handed to the store, which has not answered yet. */
  let underWay: TurnBatch | null = null;
  /** The next batch is ready and waits for the one under way. */
  let isDue = false;
  /** Effects of the batch before wait for a later turn of the event loop. They come before those of the next. */
  let hasEffects = false;
  /** Hosts were heard since the large batch came together. */
  let isRested = false;
  let healthy = true;
  let acting: Turn | null = null;

  const begin = (): Turn => {
    const turn = createTurn();
    if (open.turns.length === 0) defer(handOver);
    open.turns.push(turn);
    return turn;
  };

  function handOver(): void {
    if (underWay || hasEffects) {
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
    const failed: [Turn, unknown][] = [];
    const events: Event[] = [];
    for (const [turn, result] of results)
      if ('cause' in result) failed.push([turn, result.cause]);
      else events.push(...result.events);
    if (results.size > 0) healthy = failed.length < results.size;
    for (const [turn, cause] of failed) {
      for (const later of removeBuiltOn(open, turn, turn === batch.shared)) fail(later, cause);
      fail(turn, cause);
    }
    const lost = new Set(failed.map(([turn]) => turn));
    const kept = batch.turns.filter((turn) => !lost.has(turn));
    publish(kept, events);
    const act = actSome(kept);
    const goOn = (): void => {
      hasEffects = !act();
      if (hasEffects) defer(goOn);
      else if (isDue) {
        isDue = false;
        handOver();
      }
    };
    if (isLarge(batch)) {
      hasEffects = true;
      defer(goOn);
    } else goOn();
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

  /** Each call runs the next effects. True: all have run. */
  function actSome(turns: readonly Turn[]): () => boolean {
    const effects = effectsOf(turns);
    return () => {
      let isDone = false;
      for (let left = EFFECTS_AT_ONCE; left > 0 && !isDone; left -= 1) {
        const { done = false, value } = effects.next();
        isDone = done;
        if (value) act(value.turn, value.effect);
      }
      acting = null;
      return isDone;
    };
  }

  function act(turn: Turn, effect: () => void): void {
    try {
      acting = turn;
      effect();
    } catch (cause) {
      signals.untold.tell({ cause, hostIds: turn.hosts });
    }
  }

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
    onDropped(record.command.id);
  }

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
    acting: () => acting,
    storedOf({ command: { id, hostId } }) {
      const first = underWay?.ofHost.get(hostId)?.before.get(id);
      return first === undefined ? open.ofHost.get(hostId)?.before.get(id) : first;
    },
    healthy: () => healthy,
  };
}

function* effectsOf(turns: readonly Turn[]): Generator<{ turn: Turn; effect: () => void }, undefined> {
  for (const turn of turns) for (const effect of turn.effects) yield { turn, effect };
}

const isLarge = ({ turns }: TurnBatch): boolean => {
  let records = 0;
  for (const { after } of turns) records += after.size;
  return records > MANY_RECORDS;
};

const byTurn = (turns: readonly Turn[], results: readonly Written[]): Map<Turn, Written> =>
  new Map(turns.map((turn, index) => [turn, results[index] ?? { cause: new Error('the store did not report on it') }]));
