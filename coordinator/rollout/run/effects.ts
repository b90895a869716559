import { assertNever } from '../../../shared/assert-never.ts';
import { type Command, isActive } from '../../../shared/model/command.ts';
import type { Quarantine } from '../../dispatch/quarantine.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { RolloutEffect } from '../effect.ts';
import { anotherTurn } from '../record.ts';
import { type BeginningDeps, createBeginning } from './beginning.ts';
import type { Book } from './book.ts';
import { createRowChanges } from './row-changes.ts';
import { undo } from './undo.ts';

export type EffectDeps = BeginningDeps & {
  engine: Pick<Engine, 'apply'>;
  ledger: Pick<Ledger, 'also' | 'event' | 'inMemory' | 'afterCommit'>;
  quarantine: Quarantine;
};

/** Whole commands by id, as far as they have been read. An undo reads their changes. */
export type Commands = ReadonlyMap<string, Command>;

export type Perform = (book: Book, effect: RolloutEffect, commands: Commands) => void;

/**
 * Performs effects in the present turn. A command and its place in the rollout become durable together, so that each step runs at most
 * once a host, however this process ends.
 */
export function createEffects(deps: EffectDeps): Perform {
  const { clock, engine, ledger, quarantine } = deps;
  const rows = createRowChanges(ledger);
  const { change } = rows;
  const begin = createBeginning(deps, rows);

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
