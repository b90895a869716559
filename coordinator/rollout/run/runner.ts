import { SwitchyardError } from '../../../shared/api/errors.ts';
import type { RolloutGate } from '../../../shared/model/rollout.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import type { Feed } from '../../engine/changes.ts';
import type { Guard } from '../../engine/guard.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Signals } from '../../engine/signals.ts';
import type { CommandRecord } from '../../lifecycle/record.ts';
import type { Store } from '../../store/port.ts';
import type { RolloutEvent } from '../event.ts';
import { endOf, type StoredRollout } from '../record.ts';
import { createAlarm } from './alarm.ts';
import type { Book } from './book.ts';
import { catchUpOf } from './catch-up.ts';
import { type Commands, createEffects, type EffectDeps } from './effects.ts';
import { createHearing } from './hearing.ts';
import { type LookDeps, lookAt, type Seen, seeGate } from './look.ts';
import { createPreparing, type PreparingDeps } from './preparing.ts';
import { commandIdsOf } from './rollout-state.ts';
import { createShelf } from './shelf.ts';
import { createStepper } from './stepper.ts';
import { createUnitWatch } from './unit-watch.ts';

/**
 * Looks at each rollout when something may have changed for it, reduces, writes and only then acts.
 *
 * W1 `reduceRollout` alone decides; a decision and the commands that it dispatches are one transaction.
 * W2 A look reads the stored records. A restart needs nothing but the stored state.
 * W3 Only observed time counts. After a start, and after a gap in this process, hosts have time to come back before they count as
 *    absent, and no soak passes meanwhile.
 * W4 Looking takes at most a twentieth of the time, however large the fleet is.
 */
export type Runner = {
  /** The rollouts in memory, oldest first: active ones, those that may catch up, and the last ones. */
  books(): Iterable<Book>;
  find(id: string): Book | null;
  /** A new rollout, in the present turn. */
  add(stored: StoredRollout): Book;
  /** Applies a decision by a person or a policy. Throws `rollout_state` if it does not apply now. */
  decide(book: Book, event: RolloutEvent, commands?: Commands): void;
  /** The event of a resume, with the failures to forgive. */
  resumption(book: Book, actor: string, skipFailed: boolean): RolloutEvent;
  /** The gate's present observations. */
  gate(book: Book): RolloutGate;
  close(): void;
};

export type RunnerDeps = EffectDeps &
  Omit<LookDeps, 'units'> &
  Pick<PreparingDeps, 'prepare'> & {
    clock: Clock;
    store: Pick<Store, 'rollouts'>;
    ledger: Ledger;
    feed: Feed;
    signals: Pick<Signals, 'committed'>;
    guard: Guard;
    stored: readonly StoredRollout[];
  };

/** Delays a look after a command's change, so that one look covers many. */
const COMMANDS_MS = 20;
/** Delays a look after a host's report, so that one look covers many. */
const HOSTS_MS = 500;
const SOAK_MS = 1_000;
const IDLE_MS = 15_000;
/** Steps of one look: a wave that ends lets the next begin. */
const STEPS = 1_000;

export function createRunner(given: RunnerDeps): Runner {
  const deps = { ...given, units: createUnitWatch(given.clock) };
  const { clock, ledger, feed, signals, guard, roster, sessions, catalog, quarantine, windows } = deps;
  const hearing = createHearing({ clock, roster, sessions });
  const alarm = createAlarm({
    clock,
    onDue: (id) => {
      const book = shelf.find(id);
      // The next look may succeed.
      if (book && !guard('a rollout', () => look(book))) lookSoon(id, IDLE_MS);
    },
    onGap: hearing.gap,
  });
  const { soon: lookSoon } = alarm;
  const onFailed = (id: string): void => lookSoon(id, SOAK_MS);
  const stepper = createStepper({ ledger, feed, perform: createEffects(deps), onFailed });
  const preparing = createPreparing({ roster, prepare: deps.prepare, onReady: alarm.now });
  const shelf = createShelf({
    roster,
    onDrop(id) {
      preparing.forget(id);
      stepper.forget(id);
      alarm.forget(id);
    },
  });

  function look(book: Book): void {
    const { rollout } = book.record;
    if (!preparing.isReady(book)) {
      lookSoon(rollout.id, IDLE_MS);
      return;
    }
    const now = clock.now();
    if (rollout.status === 'DONE') {
      const event = catchUpOf({ catalog, roster, sessions, windows, quarantine, othersOf: shelf.of }, book, now);
      if (event) stepper.step(book, event);
    } else {
      // Each step may lead to a wave with hosts that have not come back yet.
      for (let steps = 0; steps < STEPS && !hearing.mayComeBack(book); steps++) {
        const seen = lookAt(deps, book, now, hearing.since());
        if (!seen || !stepper.step(book, seen)) break;
      }
    }
    if (!book.isOver(clock.now())) lookSoon(rollout.id, restMs(book, clock.now(), hearing.isNew()));
  }

  signals.committed.listen(({ records }) => {
    for (const record of records)
      for (const book of shelf.of(record.command.hostId)) {
        const { id, hostId } = record.command;
        if (book.hostOf(id) !== hostId) continue;
        takeCommand(book, record, feed);
        lookSoon(book.record.rollout.id, COMMANDS_MS);
      }
  });
  feed.subscribe((changes) => {
    for (const change of changes) {
      if (change.type !== 'host' && change.type !== 'host_removed') continue;
      for (const book of shelf.of(change.hostId)) {
        if (change.type === 'host_removed') for (const state of [book, book.shown]) state.forget(change.hostId);
        if (!book.isOver(clock.now())) lookSoon(book.record.rollout.id, HOSTS_MS);
      }
    }
  });

  for (const stored of deps.stored) {
    const book = shelf.put(stored);
    // Queued commands go on as before the restart.
    if (stored.record.quarantined) for (const commandId of commandIdsOf(book)) quarantine.exempt(commandId);
    if (!book.isOver(clock.now())) alarm.now(stored.record.rollout.id);
  }

  return {
    books: shelf.all,
    find: shelf.find,
    add(stored) {
      shelf.tidy(clock.now());
      const { id } = stored.record.rollout;
      const book = shelf.put(stored);
      storeNew(ledger, stored, () => shelf.drop(id));
      ledger.afterCommit(() => {
        stepper.publish(book);
        alarm.now(id);
      });
      return book;
    },
    decide(book, event, commands) {
      const { name, status } = book.record.rollout;
      if (!stepper.step(book, event, commands))
        throw new SwitchyardError('rollout_state', `${name} is ${status}: ${event.type} does not apply`);
      alarm.now(book.record.rollout.id);
    },
    resumption: (book, actor, skipFailed) =>
      resumptionOf(lookAt(deps, book, clock.now(), hearing.since()), clock.now(), actor, skipFailed),
    gate: (book) => seeGate(deps, book.shown, clock.now(), hearing.since()),
    close: alarm.close,
  };
}

/** Takes in a command's state, and tells the feed if it moved its host. */
function takeCommand(book: Book, record: CommandRecord, feed: Feed): void {
  const { hostId } = record.command;
  const rolloutId = book.record.rollout.id;
  const before = book.shown.standing(hostId);
  for (const state of [book, book.shown]) state.putCommand(endOf(record));
  const after = book.shown.standing(hostId);
  const isSame =
    after.standing === before.standing &&
    after.step === before.step &&
    after.commandId === before.commandId &&
    after.code === before.code;
  if (isSame) return;
  feed.publish([
    { type: 'rollout_host', rolloutId, hostId },
    { type: 'rollout', rolloutId },
  ]);
}

/** Writes a new rollout in the present turn. `undo` runs if the turn fails. */
function storeNew(ledger: Ledger, { record, hosts }: StoredRollout, undo: () => void): void {
  const { id: rolloutId, createdAt: at, status: to, createdBy: actor, reason } = record.rollout;
  ledger.also({ type: 'rollout', record }, undo);
  for (const host of hosts) ledger.also({ type: 'rollout_host', rolloutId, host });
  const entry = { at, from: null, to, code: reason?.code ?? null, message: 'made', actor };
  ledger.also({ type: 'rollout_history', rolloutId, entry });
}

/** Until the next look that no news asks for. `isNew`: hosts are still coming back after a start or a gap. */
function restMs({ record: { rollout, soak } }: Book, now: number, isNew: boolean): number {
  const isRunning = rollout.status === 'RUNNING';
  const left = isRunning && soak ? Math.max(1, Math.min(SOAK_MS, soak.leftMs)) : IDLE_MS;
  const opensInMs = Math.max(1, (rollout.reason?.until ?? Number.MAX_SAFE_INTEGER) - now);
  return Math.min(left, opensInMs, isRunning && isNew ? SOAK_MS : IDLE_MS);
}

/** The event of a resume. `seen`: what a look sees now. */
function resumptionOf(seen: Seen | null, at: number, actor: string, skipFailed: boolean): RolloutEvent {
  const failed = (seen?.failedBefore ?? 0) + (seen?.wave.failed ?? 0);
  const against = (seen?.againstBefore ?? 0) + (seen?.againstCommit ?? 0);
  return { type: 'resume', at, actor, skipFailed, failed, against, broken: seen?.broken ?? [] };
}
