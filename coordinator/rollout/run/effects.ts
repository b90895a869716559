import { assertNever } from '../../../shared/assert-never.ts';
import type { Clock } from '../../../shared/clock.ts';
import { type Command, isActive } from '../../../shared/command.ts';
import { SwitchyardError } from '../../../shared/errors.ts';
import { builtinOp } from '../../../shared/ops.ts';
import { ROLLOUT_DEFAULTS } from '../../../shared/rollout.ts';
import type { Dispatched, Dispatcher } from '../../dispatch/dispatcher.ts';
import type { Quarantine } from '../../dispatch/quarantine.ts';
import type { Windows } from '../../dispatch/windows.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { RolloutEffect } from '../effect.ts';
import type { DueHost } from '../event.ts';
import { anotherTurn, type RolloutHostRow } from '../record.ts';
import type { Book } from './book.ts';
import { type LookDeps, sampleBefore } from './look.ts';
import { undo } from './undo.ts';

export type EffectDeps = Pick<LookDeps, 'catalog' | 'roster' | 'views'> & {
  windows: Pick<Windows, 'find' | 'closesAt'>;
  clock: Clock;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
  engine: Pick<Engine, 'apply'>;
  ledger: Pick<Ledger, 'also' | 'event' | 'inMemory' | 'afterCommit'>;
  quarantine: Quarantine;
};

/** Whole commands by id, as far as they have been read. An undo reads their changes. */
export type Commands = ReadonlyMap<string, Command>;

export type Perform = (book: Book, effect: RolloutEffect, commands: Commands) => void;

/** The most turns kept per host: far more than a person gives it. */
const TURNS_KEPT = 64;

/** Whether the op takes the commit of a rollout. */
export const takesCommit = (op: string): boolean =>
  Object.hasOwn((builtinOp(op)?.options as { properties?: object } | undefined)?.properties ?? {}, 'commit');

/**
 * Performs effects in the present turn. A command and its place in the rollout become durable together, so that each step runs at most
 * once a host, however this process ends.
 */
export function createEffects(deps: EffectDeps): Perform {
  const { clock, dispatcher, engine, ledger, quarantine } = deps;

  function put(book: Book, row: RolloutHostRow, undoMore?: () => void): void {
    const before = book.rows.get(row.hostId);
    book.putRow(row);
    ledger.also({ type: 'rollout_host', rolloutId: book.record.rollout.id, host: row }, () => {
      undoMore?.();
      if (before) book.putRow(before);
    });
    ledger.afterCommit(() => book.shown.putRow(row));
  }

  const change = (book: Book, hostIds: Iterable<string>, to: (row: RolloutHostRow) => RolloutHostRow): void => {
    for (const hostId of hostIds) {
      const row = book.rows.get(hostId);
      if (row) put(book, to(row));
    }
  };

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
      // A deferred host begins anew.
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

  function cancel(book: Book, hostIds: Iterable<string>, isWithdrawn: boolean): void {
    for (const hostId of hostIds) {
      const { commandId } = book.standing(hostId);
      const command = commandId === null ? undefined : ledger.inMemory(commandId)?.command;
      if (!command || !isActive(command.status) || command.acceptedAt !== null) continue;
      // A person's kill has taken the host's turn.
      if (isWithdrawn && command.status !== 'KILLING')
        change(book, [hostId], (row) => ({
          ...row,
          turns: row.turns.map((turn) => (turn.commandId === command.id ? { ...turn, withdrawn: true } : turn)),
        }));
      engine.apply(command.id, { type: 'cancel', at: clock.now(), actor: 'system' });
    }
  }

  return (book, effect, commands) => {
    const { rollout } = book.record;
    switch (effect.type) {
      case 'begin':
        return begin(book, effect.hosts);
      case 'defer':
        for (const { hostId, code } of effect.hosts) change(book, [hostId], (row) => ({ ...row, passedOver: code }));
        return;
      case 'overdue':
        change(book, effect.hostIds, (row) => ({ ...row, overdue: true }));
        return cancel(book, effect.hostIds, false);
      case 'withdraw':
        return cancel(book, book.rows.keys(), true);
      case 'skip-failed':
        return change(
          book,
          [...book.rows.keys()].filter((hostId) => book.standing(hostId).standing === 'failed'),
          (row) => ({ ...row, skipped: true }),
        );
      case 'another-turn': {
        const hosts = rollout.waves[effect.wave]?.hosts ?? [];
        return change(
          book,
          hosts.filter((hostId) => RETRIED.has(book.standing(hostId).standing)),
          anotherTurn,
        );
      }
      case 'undo':
        return undo(deps, book, commands, effect.actor);
      case 'quarantine':
        if (rollout.commit !== null && !quarantine.commits().has(rollout.commit))
          quarantine.add(rollout.commit, effect.message, rollout.id);
        return;
      case 'event': {
        const { type: _, ...event } = effect;
        return ledger.event({ at: clock.now(), ...event });
      }
      default:
        assertNever(effect);
    }
  };
}

const RETRIED: ReadonlySet<string> = new Set(['failed', 'deferred']);
