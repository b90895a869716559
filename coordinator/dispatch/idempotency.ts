import { createHash } from 'node:crypto';
import { SwitchyardError } from '../../shared/api/errors.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Store } from '../store/port.ts';
import { type Read, whenRead } from '../store/read.ts';
import { KEPT_ANSWER_MS, type KeptAnswer } from '../store/records.ts';

export type Answered<Body> = { status: number; body: Body };

/** Same key and body, same answer; nothing runs twice. */
export type Idempotency = {
  /**
   * Runs `work`, or returns the key's earlier answer. The answer is stored in the transaction of the work itself: `work` passes
   * it to `keep` in the same piece in which it makes it. Throws `idempotency_mismatch` if the key came with another body.
   */
  once<Body>(
    asked: { actor: string; key: string; body: unknown },
    work: (keep: (answered: Answered<Body>) => Promise<Answered<Body>>) => Read<Answered<Body>>,
  ): Promise<Answered<Body>>;
};

export type IdempotencyDeps = {
  clock: Clock;
  store: Pick<Store, 'dispatches'>;
  ledger: Pick<Ledger, 'also' | 'bound' | 'commit'>;
};

export function createIdempotency({ clock, store, ledger }: IdempotencyDeps): Idempotency {
  /** The last request of each key that is neither durable nor refused yet. */
  const underWay = new Map<string, Promise<void>>();

  return {
    async once<Body>(
      { actor, key, body }: { actor: string; key: string; body: unknown },
      work: (keep: (answered: Answered<Body>) => Promise<Answered<Body>>) => Read<Answered<Body>>,
    ) {
      const bodyHash = createHash('sha256').update(canonical(body)).digest('hex');
      const keep = async (answered: Answered<Body>): Promise<Answered<Body>> => {
        const { status } = answered;
        const answer = JSON.stringify(answered.body);
        ledger.also({ type: 'answer', answer: { actor, key, bodyHash, status, answer, at: clock.now() } });
        await ledger.commit();
        return answered;
      };
      const answer = ledger.bound((kept: KeptAnswer | null): Read<Answered<Body>> => {
        if (!kept) return work(keep);
        if (kept.bodyHash !== bodyHash)
          throw new SwitchyardError(
            'idempotency_mismatch',
            `The Idempotency-Key "${key}" was used with another request`,
          );
        return { status: kept.status, body: JSON.parse(kept.answer) as Body };
      });

      const name = JSON.stringify([actor, key]);
      for (let before = underWay.get(name); before; before = underWay.get(name)) await before;
      const over = Promise.withResolvers<void>();
      underWay.set(name, over.promise);
      try {
        return await whenRead(store.dispatches.keptAnswer(actor, key, clock.now() - KEPT_ANSWER_MS), answer);
      } finally {
        underWay.delete(name);
        over.resolve();
      }
    },
  };
}

/** JSON with sorted keys: the order of a body's fields does not matter. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}
