import type { Clock } from '../../../shared/clock.ts';
import { SwitchyardError } from '../../../shared/errors.ts';
import { RECENT_ROLLOUTS } from '../../../shared/rollout.ts';
import type { Feed } from '../../engine/changes.ts';
import type { Guard } from '../../engine/guard.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Signals } from '../../engine/signals.ts';
import type { Store } from '../../store/port.ts';
import type { Read } from '../../store/read.ts';
import type { RolloutEvent } from '../event.ts';
import { presentWave, type RolloutRecord, type StoredRollout } from '../record.ts';
import { reduceRollout } from '../reduce.ts';
import { createAlarm } from './alarm.ts';
import { type Book, createBook } from './book.ts';
import { type Commands, createEffects, type EffectDeps } from './effects.ts';
import { absenceOf, type LookDeps, lookAt, rebootsAt } from './look.ts';

/**
 * Looks at each rollout when something of it may have changed, reduces, writes, and only then acts.
 *
 * W1 `reduceRollout` alone decides; what it decided is in the same transaction as what that dispatched.
 * W2 A look is made from the records as they are stored. Nothing but the stored state is needed after a restart.
 * W3 Nothing that was not observed counts: after a start, and after a gap in this process, hosts have time to come back before one is
 *    absent, and no soak has passed meanwhile.
 * W4 Looking takes at most a twentieth of the time, however large the fleet is.
 */
export type Runner = {
  /** The rollouts in memory, oldest first: active ones, those that may catch up, and the last ones. */
  books(): Iterable<Book>;
  find(id: string): Book | null;
  /** A new rollout, in the present turn. */
  add(stored: StoredRollout): Book;
  /** What a person or a policy decides. Throws `rollout_state` where that does not apply now. */
  decide(book: Book, event: RolloutEvent, commands?: Commands): void;
  /** The event that a resume is, with what it forgives. */
  resumption(book: Book, actor: string, skipFailed: boolean): RolloutEvent;
  close(): void;
};

export type RunnerDeps = EffectDeps &
  LookDeps & {
    clock: Clock;
    store: Pick<Store, 'rollouts'>;
    ledger: Ledger;
    feed: Feed;
    signals: Pick<Signals, 'committed'>;
    guard: Guard;
    stored: readonly StoredRollout[];
    /** Reads what the past of these hosts says of them. */
    prepare: (hostIds: Iterable<string>) => Read<void>;
  };

/** What commands did is looked at once for many of them. */
const COMMANDS_MS = 20;
/** What hosts say changes a gate at most. */
const HOSTS_MS = 500;
const SOAK_MS = 1_000;
const IDLE_MS = 15_000;
/** How long hosts may take to come back to a coordinator that was away. */
const HEARING_MS = 30_000;
/** Steps of one look: a wave that ends lets the next begin. */
const STEPS = 1_000;
/** A soak is written at least this often; what a crash loses of it is soaked again. */
const SOAK_WRITE_MS = 10_000;

const NO_COMMANDS: Commands = new Map();

export function createRunner(deps: RunnerDeps): Runner {
  const { clock, ledger, feed, signals, guard, roster, sessions } = deps;
  const perform = createEffects(deps);
  const books = new Map<string, Book>();
  const prepared = new Set<string>();
  const writtenSoaks = new Map<string, number>();
  /** Which rollouts in memory a host is in. */
  const ofHost = new Map<string, Set<string>>();
  let observedSince = clock.now();
  let hearingUntil = observedSince + HEARING_MS;

  const alarm = createAlarm({
    clock,
    onDue: (id) => {
      const book = books.get(id);
      if (book) guard('a rollout', () => look(book));
    },
    onGap: unheard,
  });
  const lookSoon = alarm.soon;

  /** Nobody could be heard: what was, and was not, seen since then says nothing. */
  function unheard(): void {
    observedSince = clock.now();
    hearingUntil = observedSince + HEARING_MS;
  }

  function look(book: Book): void {
    const { rollout } = book.record;
    const hostIds = [...book.rows.keys()].filter((id) => roster.byId(id));
    if (!prepared.has(rollout.id)) {
      prepared.add(rollout.id);
      const ready = deps.prepare(hostIds);
      if (ready instanceof Promise) {
        void ready.then(
          () => lookSoon(rollout.id, 0),
          () => prepared.delete(rollout.id),
        );
        lookSoon(rollout.id, IDLE_MS);
        return;
      }
    }
    const now = clock.now();
    if (rollout.status === 'DONE') catchUp(book, now);
    // Each step may lead to a wave whose hosts have not come back yet.
    else
      for (let steps = 0; steps < STEPS && !isHearing(book, now); steps++) {
        const seen = lookAt(deps, book, now, observedSince);
        if (!seen || !step(book, seen)) break;
      }
    again(book);
  }

  /** Hosts of the present wave that are away may not have come back to this process yet. */
  function isHearing(book: Book, now: number): boolean {
    if (now >= hearingUntil) return false;
    const wave = book.record.rollout.waves[presentWave(book.record) ?? -1];
    return wave?.hosts.some((hostId) => roster.byId(hostId) !== null && !sessions.isOnline(hostId)) ?? false;
  }

  function again(book: Book): void {
    const { rollout, soak } = book.record;
    if (book.isOver(clock.now())) return;
    const left = soak ? Math.max(1, Math.min(SOAK_MS, soak.leftMs)) : IDLE_MS;
    lookSoon(
      rollout.id,
      rollout.status === 'RUNNING' ? Math.min(left, clock.now() < hearingUntil ? SOAK_MS : left) : IDLE_MS,
    );
  }

  function catchUp(book: Book, now: number): void {
    const { rollout } = book.record;
    const back = [...book.rows.values()].flatMap(({ hostId }) => {
      const { standing, next } = book.standing(hostId);
      const isNext = standing === 'running' && next !== null;
      if (standing !== 'deferred' && !isNext) return [];
      if (absenceOf(deps, hostId, now) !== null || isCovered(hostId, rollout.id)) return [];
      const at = isNext ? next : 0;
      return [{ hostId, step: at, reboots: rebootsAt(book, at) }];
    });
    const isQuarantined = rollout.commit !== null && deps.quarantine.commits().has(rollout.commit);
    if (back.length > 0 && !isQuarantined)
      step(book, { type: 'catch-up', at: now, due: back, window: { open: true }, covered: false });
  }

  /** A newer rollout has this host, or it is in one that has begun. */
  const isCovered = (hostId: string, self: string): boolean =>
    [...(ofHost.get(hostId) ?? [])].some((id) => id > self && books.get(id)?.record.rollout.status !== 'STOPPED');

  /** False where it changed nothing. */
  function step(book: Book, event: RolloutEvent, commands: Commands = NO_COMMANDS): boolean {
    const before = book.record;
    const { record, effects } = reduceRollout(before, event);
    if (record === before && effects.length === 0) return false;
    book.record = record;
    const { id } = record.rollout;
    if (record !== before && isWorthWriting(before, record)) {
      ledger.also({ type: 'rollout', record }, () => {
        book.record = before;
        writtenSoaks.delete(id);
        lookSoon(id, SOAK_MS);
      });
      tellHistory(before, record, event);
    }
    for (const effect of effects) perform(book, effect, commands);
    ledger.afterCommit(() => publish(book));
    return true;
  }

  /** What is left of a soak changes all the time. */
  function isWorthWriting(before: RolloutRecord, after: RolloutRecord): boolean {
    const { soak: _, ...was } = before;
    const { soak, ...is } = after;
    const { id } = after.rollout;
    const isOnlySoak =
      soak !== null &&
      before.soak !== null &&
      Object.entries(is).every(([key, one]) => was[key as keyof typeof was] === one);
    if (isOnlySoak && (writtenSoaks.get(id) ?? 0) - soak.leftMs < SOAK_WRITE_MS) return false;
    if (soak) writtenSoaks.set(id, soak.leftMs);
    else writtenSoaks.delete(id);
    return true;
  }

  function tellHistory(
    { rollout: before }: RolloutRecord,
    { rollout: after }: RolloutRecord,
    event: RolloutEvent,
  ): void {
    if (before.status === after.status && before.reason?.code === after.reason?.code) return;
    const { id: rolloutId, status: to, reason } = after;
    const actor = 'actor' in event ? event.actor : 'system';
    const message = reason?.message ?? to.toLowerCase();
    const entry = { at: event.at, from: before.status, to, code: reason?.code ?? null, message, actor };
    ledger.also({ type: 'rollout_history', rolloutId, entry });
  }

  const publish = ({ record: { rollout } }: Book): void =>
    feed.publish([{ type: 'rollout', rolloutId: rollout.id }, { type: 'attention' }]);

  function keep(stored: StoredRollout): Book {
    const book = createBook(stored, (hostId) => roster.byId(hostId) !== null);
    const { id } = stored.record.rollout;
    books.set(id, book);
    for (const hostId of book.rows.keys()) {
      const others = ofHost.get(hostId) ?? new Set();
      ofHost.set(hostId, others.add(id));
    }
    return book;
  }

  function drop(id: string): void {
    for (const hostId of books.get(id)?.rows.keys() ?? []) ofHost.get(hostId)?.delete(id);
    for (const known of [books, prepared, writtenSoaks]) known.delete(id);
    alarm.forget(id);
  }

  /** Those of which nothing comes any more, and that are not among the last. */
  function tidy(): void {
    const ids = [...books.keys()];
    for (const id of ids.slice(0, Math.max(0, ids.length - RECENT_ROLLOUTS)))
      if (books.get(id)?.isOver(clock.now())) drop(id);
  }

  signals.committed.listen(({ records }) => {
    for (const { command } of records)
      for (const id of ofHost.get(command.hostId) ?? []) {
        const book = books.get(id);
        if (book?.hostOf(command.id) !== command.hostId) continue;
        const { status, code } = command;
        const before = book.standing(command.hostId);
        book.putCommand({ id: command.id, status, code });
        const { standing, step: at, commandId } = book.standing(command.hostId);
        if (
          standing !== before.standing ||
          at !== before.step ||
          commandId !== before.commandId ||
          code !== before.code
        )
          feed.publish([
            { type: 'rollout_host', rolloutId: id, hostId: command.hostId },
            { type: 'rollout', rolloutId: id },
          ]);
        lookSoon(id, COMMANDS_MS);
      }
  });
  feed.subscribe((changes) => {
    for (const change of changes) {
      if (change.type !== 'host' && change.type !== 'host_removed') continue;
      for (const id of ofHost.get(change.hostId) ?? []) {
        if (change.type === 'host_removed') books.get(id)?.forget(change.hostId);
        if (!books.get(id)?.isOver(clock.now())) lookSoon(id, HOSTS_MS);
      }
    }
  });

  for (const stored of deps.stored) {
    const book = keep(stored);
    // What is queued of it goes on, as it did before.
    if (stored.record.quarantined)
      for (const row of book.rows.values()) for (const { commandId } of row.turns) deps.quarantine.exempt(commandId);
    if (!book.isOver(clock.now())) lookSoon(stored.record.rollout.id, 0);
  }

  return {
    books: () => books.values(),
    find: (id) => books.get(id) ?? null,
    add(stored) {
      tidy();
      const { rollout } = stored.record;
      const book = keep(stored);
      ledger.also({ type: 'rollout', record: stored.record }, () => drop(rollout.id));
      for (const host of stored.hosts) ledger.also({ type: 'rollout_host', rolloutId: rollout.id, host });
      const { createdAt: at, status: to, createdBy: actor } = rollout;
      const entry = { at, from: null, to, code: rollout.reason?.code ?? null, message: 'made', actor };
      ledger.also({ type: 'rollout_history', rolloutId: rollout.id, entry });
      ledger.afterCommit(() => {
        publish(book);
        lookSoon(rollout.id, 0);
      });
      return book;
    },
    decide(book, event, commands) {
      const { name, status } = book.record.rollout;
      if (!step(book, event, commands))
        throw new SwitchyardError('rollout_state', `${name} is ${status}: ${event.type} does not apply`);
      lookSoon(book.record.rollout.id, 0);
    },
    resumption(book, actor, skipFailed) {
      const seen = lookAt(deps, book, clock.now(), observedSince);
      const failed = (seen?.failedBefore ?? 0) + (seen?.wave.failed ?? 0);
      return { type: 'resume', at: clock.now(), actor, skipFailed, failed, broken: seen?.broken ?? [] };
    },
    close: alarm.close,
  };
}
