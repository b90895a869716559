import type { Feed } from '../../engine/changes.ts';
import type { Ledger } from '../../engine/ledger.ts';
import { isTurningPoint } from '../change.ts';
import type { RolloutEvent } from '../event.ts';
import { doneWords } from '../failures.ts';
import type { RolloutRecord } from '../record.ts';
import { reduceRollout } from '../reduce.ts';
import type { Book } from './book.ts';
import type { Commands, Perform } from './effects.ts';

/** Reduces an event, writes the result and performs its effects, in one turn. */
export type Stepper = {
  /** False if the event changed nothing. */
  step(book: Book, event: RolloutEvent, commands?: Commands): boolean;
  forget(id: string): void;
  publish(book: Book): void;
};

export type StepperDeps = {
  ledger: Pick<Ledger, 'also' | 'afterCommit'>;
  feed: Pick<Feed, 'publish'>;
  perform: Perform;
  /** The record could not be written and is as before. */
  onFailed: (id: string) => void;
};

/** A soak is written at least this often. Soak lost in a crash is repeated. */
const SOAK_WRITE_MS = 10_000;

/** Lines of the history after decisions that leave no reason. */
const DECIDED: Partial<Record<RolloutEvent['type'], string>> = {
  approve: 'approved',
  resume: 'resumed',
  retry: 'failed and deferred hosts got another turn',
};

function endOf(book: Book): string {
  const { failed, deferred, skipped } = book.counts();
  return doneWords(failed, deferred + skipped);
}

const NO_COMMANDS: Commands = new Map();

export function createStepper({ ledger, feed, perform, onFailed }: StepperDeps): Stepper {
  const writtenSoaks = new Map<string, number>();

  /** A soak changes at each look but is written only now and then. */
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

  function tellHistory(before: RolloutRecord, book: Book, event: RolloutEvent): void {
    const after = book.record;
    // A decision may leave status and reason as they are, such as a retry while the rollout runs.
    if (!isTurningPoint(before, after) && !('actor' in event)) return;
    const { id: rolloutId, status: to, reason } = after.rollout;
    const actor = 'actor' in event ? event.actor : 'system';
    const message = reason?.message ?? (to === 'DONE' ? endOf(book) : DECIDED[event.type]) ?? to.toLowerCase();
    const entry = { at: event.at, from: before.rollout.status, to, code: reason?.code ?? null, message, actor };
    ledger.also({ type: 'rollout_history', rolloutId, entry });
  }

  const publish = ({ record: { rollout } }: Book): void =>
    feed.publish([{ type: 'rollout', rolloutId: rollout.id }, { type: 'attention' }]);

  return {
    step(book, event, commands = NO_COMMANDS) {
      const before = book.record;
      const { record, effects } = reduceRollout(before, event);
      if (record === before && effects.length === 0) return false;
      book.record = record;
      const { id } = record.rollout;
      if (record !== before && isWorthWriting(before, record))
        ledger.also({ type: 'rollout', record }, () => {
          book.record = before;
          writtenSoaks.delete(id);
          onFailed(id);
        });
      tellHistory(before, book, event);
      for (const effect of effects) perform(book, effect, commands);
      ledger.afterCommit(() => {
        book.shown.record = record;
        publish(book);
      });
      return true;
    },
    forget: (id) => void writtenSoaks.delete(id),
    publish,
  };
}
