import { assertNever } from '../../../shared/assert-never.ts';
import type { Clock } from '../../../shared/clock.ts';
import { type Command, isActive } from '../../../shared/command.ts';
import { builtinOp } from '../../../shared/ops.ts';
import { ROLLOUT_DEFAULTS } from '../../../shared/rollout.ts';
import type { Dispatcher } from '../../dispatch/dispatcher.ts';
import type { Quarantine } from '../../dispatch/quarantine.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { RolloutEffect } from '../effect.ts';
import type { DueHost } from '../event.ts';
import { anotherTurn, type RolloutHostRow } from '../record.ts';
import type { Book } from './book.ts';
import { type LookDeps, sampleBefore } from './look.ts';

export type EffectDeps = Omit<LookDeps, 'ledger'> & {
  clock: Clock;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
  engine: Pick<Engine, 'apply'>;
  ledger: Pick<Ledger, 'also' | 'event' | 'inMemory'>;
  quarantine: Quarantine;
};

/** Whole commands by id, as far as they were read: an undo asks what they made. */
export type Commands = ReadonlyMap<string, Command>;

/** Turns of one host that are kept: far more than a person gives it. */
const TURNS_KEPT = 64;

/** Whether the op takes the commit of a rollout. */
export const takesCommit = (op: string): boolean =>
  Object.hasOwn((builtinOp(op)?.options as { properties?: object } | undefined)?.properties ?? {}, 'commit');

/**
 * Does what a step of a rollout asks for, in the present turn: what is dispatched and that it was dispatched become durable together, so
 * that each step runs at most once a host whatever ends this process.
 */
export function createEffects(deps: EffectDeps): (book: Book, effect: RolloutEffect, commands: Commands) => void {
  const { clock, dispatcher, engine, ledger, quarantine } = deps;

  function put(book: Book, row: RolloutHostRow, undoMore?: () => void): void {
    const before = book.rows.get(row.hostId);
    book.putRow(row);
    ledger.also({ type: 'rollout_host', rolloutId: book.record.rollout.id, host: row }, () => {
      undoMore?.();
      if (before) book.putRow(before);
    });
  }

  const change = (book: Book, hostIds: Iterable<string>, to: (row: RolloutHostRow) => RolloutHostRow): void => {
    for (const hostId of hostIds) {
      const row = book.rows.get(hostId);
      if (row) put(book, to(row));
    }
  };

  function begin(book: Book, due: readonly DueHost[]): void {
    for (const [step, hosts] of Map.groupBy(due, (one) => one.step)) dispatchStep(book, step, hosts);
  }

  function dispatchStep(book: Book, step: number, due: readonly DueHost[]): void {
    const { rollout, quarantined } = book.record;
    const { op = '', options = {} } = rollout.steps[step] ?? {};
    const hosts = due.map(({ hostId }) => hostId);
    const { answer } = dispatcher.dispatch(
      {
        ...{ op, hosts, force: rollout.plan.force ?? false },
        options: { ...options, ...(rollout.commit !== null && takesCommit(op) && { commit: rollout.commit }) },
        queueMs: rollout.plan.stepDeadlineMs ?? ROLLOUT_DEFAULTS.stepDeadlineMs,
      },
      rollout.createdBy,
      quarantined,
    );
    for (const { hostId, commandId, status, code } of answer.results) {
      const known = book.rows.get(hostId);
      if (!known) continue;
      // Whoever was passed over begins anew.
      const row = step === 0 && book.standing(hostId).standing === 'deferred' ? anotherTurn(known) : known;
      const turn = { attempt: row.attempt, step, commandId, withdrawn: false };
      const before = row.before ?? sampleBefore(deps, hostId);
      put(book, { ...row, before, turns: [...row.turns, turn].slice(-TURNS_KEPT) }, () => book.dropCommand(commandId));
      book.putCommand({ id: commandId, status, code });
    }
  }

  function cancel(book: Book, hostIds: Iterable<string>, isWithdrawn: boolean): void {
    for (const hostId of hostIds) {
      const { commandId } = book.standing(hostId);
      const command = commandId === null ? undefined : ledger.inMemory(commandId)?.command;
      if (!command || !isActive(command.status) || command.acceptedAt !== null) continue;
      if (isWithdrawn)
        change(book, [hostId], (row) => ({
          ...row,
          turns: row.turns.map((turn) => (turn.commandId === command.id ? { ...turn, withdrawn: true } : turn)),
        }));
      engine.apply(command.id, { type: 'cancel', at: clock.now(), actor: 'system' });
    }
  }

  /** Back to the generation before, where that is what the host had: one command moved it, by one, and nothing has since. */
  function undo(book: Book, commands: Commands): void {
    const { rollout } = book.record;
    const back: string[] = [];
    const left: string[] = [];
    for (const row of book.rows.values()) {
      if (book.standing(row.hostId).standing !== 'proven') continue;
      const moves = row.turns.flatMap(({ commandId }) => moveOf(commands.get(commandId)) ?? []);
      const [move] = moves;
      if (!move) continue;
      const report = deps.roster.byId(row.hostId)?.known?.report;
      const isStillThere = report?.systemPath === move.to && report.generation === move.generation;
      if (isStillThere && moves.length === 1 && move.isNext) back.push(row.hostId);
      else left.push(row.name);
    }
    const dispatched =
      back.length === 0
        ? null
        : dispatcher.dispatch(
            { op: 'rollback', hosts: back, queueMs: rollout.plan.stepDeadlineMs ?? ROLLOUT_DEFAULTS.stepDeadlineMs },
            rollout.createdBy,
            true,
          ).answer.dispatchId;
    ledger.event({
      ...{ at: clock.now(), level: 'warn', category: 'system', actor: 'system', hostId: null, commandId: null },
      code: 'rollout_undone',
      message: `${rollout.name}: ${back.length} ${back.length === 1 ? 'host goes' : 'hosts go'} back${dispatched ? ` (dispatch ${dispatched})` : ''}${left.length > 0 ? `; not ${listed(left)}: what they had before is not one generation back, or another system is active` : ''}`,
      next: left.length > 0 ? 'look at those by hand' : null,
    });
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
        return undo(book, commands);
      case 'quarantine':
        if (rollout.commit !== null) quarantine.add(rollout.commit, effect.message, rollout.id);
        return;
      case 'event': {
        const { type: _, ...event } = effect;
        return ledger.event({ at: clock.now(), hostId: null, commandId: null, ...event });
      }
      default:
        assertNever(effect);
    }
  };
}

type Move = { to: string; generation: number; isNext: boolean };

/** What the command made of the host's system; null where it changed nothing, or that is not known. */
function moveOf(command: Command | undefined): Move | null {
  const { systemPathBefore: from, systemPathAfter: to } = command?.evidence ?? {};
  const [before, after] = [command?.before?.generation ?? null, command?.after?.generation ?? null];
  if (!from || !to || from === to || before === null || after === null) return null;
  return { to, generation: after, isNext: after === before + 1 };
}

const RETRIED: ReadonlySet<string> = new Set(['failed', 'deferred']);

const listed = (names: readonly string[]): string =>
  names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`;
