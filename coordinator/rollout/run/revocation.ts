import type { Grant } from '../../../shared/model/grant.ts';
import { isActiveRollout } from '../../../shared/model/rollout.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import { allowOp } from '../../auth/permissions.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Roster } from '../../hosts/roster.ts';
import type { Book } from './book.ts';
import type { Runner } from './runner.ts';

export type RevocationDeps = {
  clock: Clock;
  ledger: Pick<Ledger, 'allLive' | 'event'>;
  engine: Pick<Engine, 'apply'>;
  runner: Pick<Runner, 'books' | 'decide'>;
  roster: Pick<Roster, 'byId'>;
};

/** `left`: the actor's remaining grants. */
export type Revoke = (actor: string, left: readonly Grant[]) => void;

/**
 * Takes back an actor's requests that have not begun and that the actor may no longer make, in the turn that takes away the token or
 * grants. These are commands that still wait here, and rollouts that the actor made or approved and in which no host has begun
 * (docs/protocol.md section 10). Commands of a begun rollout go on with it.
 */
export function createRevocation({ clock, ledger, engine, runner, roster }: RevocationDeps): Revoke {
  return (actor, left) => {
    const isLost = (op: string, hostIds: readonly string[]): boolean =>
      !allowOp(
        left,
        op,
        hostIds.flatMap((hostId) => roster.byId(hostId) ?? []),
      );
    const at = clock.now();
    const books = [...runner.books()];
    const ofRollouts = new Set(
      books.flatMap(({ rows }) => [...rows.values()].flatMap(({ turns }) => turns.map(({ commandId }) => commandId))),
    );
    const queued = [...ledger.allLive()]
      .map(({ command }) => command)
      .filter(({ id, status, requestedBy }) => status === 'QUEUED' && requestedBy === actor && !ofRollouts.has(id))
      .filter(({ op, hostId }) => isLost(op, [hostId]));
    for (const { id } of queued) engine.apply(id, { type: 'cancel', at, actor: 'system' });
    const waiting = books
      .filter(hasNotBegun)
      .filter(
        ({ rows, record: { rollout } }) =>
          [rollout.createdBy, rollout.ranBy, rollout.approvedBy].includes(actor) &&
          rollout.steps.some(({ op }) => isLost(op, [...rows.keys()])),
      );
    for (const book of waiting) runner.decide(book, { type: 'stop', at, actor: 'system', undo: 'none' });
    if (queued.length + waiting.length === 0) return;
    ledger.event({
      at,
      level: 'warn',
      category: 'audit',
      actor: 'system',
      code: 'revoked',
      message: `${actor} ${left.length === 0 ? 'is gone' : 'has fewer grants'}: ${queued.length} of its waiting commands were cancelled, ${waiting.length} of its rollouts stopped before they began`,
    });
  };
}

const hasNotBegun = ({ rows, record: { rollout } }: Book): boolean =>
  isActiveRollout(rollout.status) && [...rows.values()].every(({ turns }) => turns.length === 0);
