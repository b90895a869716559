import { SwitchyardError } from '../../../shared/api/errors.ts';
import { ROLLOUT_DEFAULTS } from '../../../shared/model/rollout.ts';
import { builtinOp } from '../../../shared/ops/ops.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import type { Dispatched, Dispatcher } from '../../dispatch/dispatcher.ts';
import type { Windows } from '../../dispatch/windows.ts';
import type { DueHost } from '../event.ts';
import { anotherTurn } from '../record.ts';
import type { Book } from './book.ts';
import { type LookDeps, sampleBefore } from './look.ts';
import type { RowChanges } from './row-changes.ts';

export type BeginningDeps = Pick<LookDeps, 'catalog' | 'roster' | 'views'> & {
  windows: Pick<Windows, 'find' | 'closesAt'>;
  clock: Clock;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
};

/** The most turns kept per host: far more than a person gives it. */
const TURNS_KEPT = 64;

/** Whether the op takes the commit of a rollout. */
export const takesCommit = (op: string): boolean =>
  Object.hasOwn((builtinOp(op)?.options as { properties?: object } | undefined)?.properties ?? {}, 'commit');

/** Begins the next steps of hosts: a command each, in the present turn. */
export function createBeginning(
  deps: BeginningDeps,
  { put, change }: RowChanges,
): (book: Book, due: readonly DueHost[]) => void {
  const { clock, dispatcher } = deps;

  function begin(book: Book, due: readonly DueHost[]): void {
    const now = clock.now();
    for (const [step, hosts] of Map.groupBy(due, (one) => one.step)) {
      const op = book.record.rollout.steps[step]?.op ?? '';
      for (const [queueMs, some] of Map.groupBy(hosts, ({ hostId }) => queueMsOf(book, op, hostId, now)))
        dispatchStep(book, step, some, queueMs);
    }
  }

  function dispatchStep(book: Book, step: number, due: readonly DueHost[], queueMs: number): void {
    const { rollout, quarantined } = book.record;
    const { op = '', options = {} } = rollout.steps[step] ?? {};
    const hosts = due.map(({ hostId }) => hostId);
    const request = {
      op,
      hosts,
      force: rollout.plan.force ?? false,
      options: { ...options, ...(rollout.commit !== null && takesCommit(op) && { commit: rollout.commit }) },
      queueMs,
    };
    let dispatched: Dispatched;
    try {
      dispatched = dispatcher.dispatch(request, rollout.createdBy, quarantined);
    } catch (error) {
      // The op may have gone since the rollout was made, with the last host that had it.
      if (!(error instanceof SwitchyardError)) throw error;
      change(book, hosts, (row) => ({ ...row, passedOver: error.code }));
      return;
    }
    for (const { hostId, commandId, status, code } of dispatched.answer.results) {
      const known = book.rows.get(hostId);
      if (!known) continue;
      // A deferred host begins again.
      const row = step === 0 && book.standing(hostId).standing === 'deferred' ? anotherTurn(known) : known;
      const turn = { attempt: row.attempt, step, commandId, withdrawn: false };
      const before = row.before ?? sampleBefore(deps, hostId);
      put(book, { ...row, before, turns: [...row.turns, turn].slice(-TURNS_KEPT) }, () => book.dropCommand(commandId));
      book.putCommand({ id: commandId, status, code, cancelled: null });
    }
  }

  /** A waiting command must not begin once its op no longer fits into the rollout's window or its host's windows. */
  function queueMsOf({ record: { rollout } }: Book, opId: string, hostId: string, now: number): number {
    const { stepDeadlineMs = ROLLOUT_DEFAULTS.stepDeadlineMs, window, force } = rollout.plan;
    const [op, host] = [deps.catalog.find(opId), deps.roster.byId(hostId)];
    const timeoutMs = op?.thresholds.timeoutMs ?? 0;
    const ends = [
      window === undefined ? null : deps.windows.find(window)?.closesAt(now),
      op && host && !force ? deps.windows.closesAt(op, host, now, timeoutMs) : null,
    ];
    const lefts = ends.flatMap((end) => (end == null ? [] : end - timeoutMs - now));
    return Math.max(0, Math.min(stepDeadlineMs, ...lefts));
  }

  return begin;
}
