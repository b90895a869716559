import type { Clock } from '../../../shared/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Runner } from './runner.ts';

export type RevocationDeps = {
  clock: Clock;
  ledger: Pick<Ledger, 'allLive' | 'event'>;
  engine: Pick<Engine, 'apply'>;
  runner: Pick<Runner, 'books' | 'decide'>;
};

/**
 * Takes back what this actor asked for and nothing has begun, in the turn that takes away their token: commands that still wait
 * here, and rollouts that wait for an approval (docs/protocol.md section 10). Commands of a rollout that has begun go on with it.
 */
export function createRevocation({ clock, ledger, engine, runner }: RevocationDeps): (actor: string) => void {
  return (actor) => {
    const at = clock.now();
    const books = [...runner.books()];
    const ofRollouts = new Set(
      books.flatMap(({ rows }) => [...rows.values()].flatMap(({ turns }) => turns.map(({ commandId }) => commandId))),
    );
    const queued = [...ledger.allLive()]
      .map(({ command }) => command)
      .filter(({ id, status, requestedBy }) => status === 'QUEUED' && requestedBy === actor && !ofRollouts.has(id));
    for (const { id } of queued) engine.apply(id, { type: 'cancel', at, actor: 'system' });
    const waiting = books.filter(
      ({ record: { rollout } }) => rollout.status === 'AWAITING_APPROVAL' && rollout.createdBy === actor,
    );
    for (const book of waiting) runner.decide(book, { type: 'stop', at, actor: 'system', undo: 'none' });
    if (queued.length + waiting.length === 0) return;
    ledger.event({
      ...{ at, level: 'warn', category: 'audit', actor: 'system', hostId: null, commandId: null, code: 'revoked' },
      message: `${actor} is gone: ${queued.length} of its waiting commands were cancelled, ${waiting.length} of its rollouts stopped before they began`,
      next: null,
    });
  };
}
