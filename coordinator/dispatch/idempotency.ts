import { createHash } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { SwitchyardError } from '../../shared/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { Store } from '../store/port.ts';

/** How long a key is remembered (docs/protocol.md section 3, Idempotency-Key). */
const KEPT_MS = 24 * 3_600_000;

export type Answered<Body> = { status: number; body: Body };

/** Same key and body, same answer, nothing runs twice. */
export type Idempotency = {
  /**
   * Runs `work`, or gives the answer that the key had. The answer is kept in the transaction of what it answers for.
   * Throws `idempotency_mismatch` where the key came with another body.
   */
  once<Body>(asked: { actor: string; key: string; body: unknown }, work: () => Answered<Body>): Promise<Answered<Body>>;
};

export type IdempotencyDeps = { clock: Clock; store: Store; engine: Pick<Engine, 'also' | 'commit'> };

export function createIdempotency({ clock, store, engine }: IdempotencyDeps): Idempotency {
  /** Answers of turns that are not durable yet. */
  const underWay = new Map<string, { bodyHash: string; answered: Answered<unknown>; durable: Promise<void> }>();

  return {
    async once<Body>({ actor, key, body }: { actor: string; key: string; body: unknown }, work: () => Answered<Body>) {
      const bodyHash = createHash('sha256').update(canonical(body)).digest('hex');
      const same = (hash: string): void => {
        if (hash !== bodyHash)
          throw new SwitchyardError(
            'idempotency_mismatch',
            `The Idempotency-Key "${key}" was used with another request`,
          );
      };
      const name = JSON.stringify([actor, key]);
      const pending = underWay.get(name);
      if (pending) {
        same(pending.bodyHash);
        await pending.durable;
        return pending.answered as Answered<Body>;
      }
      const kept = store.dispatches.keptAnswer(actor, key, clock.now() - KEPT_MS);
      if (kept) {
        same(kept.bodyHash);
        return { status: kept.status, body: JSON.parse(kept.answer) as Body };
      }
      const answered = work();
      const { status } = answered;
      const answer = JSON.stringify(answered.body);
      engine.also({ type: 'answer', answer: { actor, key, bodyHash, status, answer, at: clock.now() } });
      const durable = engine.commit();
      underWay.set(name, { bodyHash, answered, durable });
      try {
        await durable;
      } finally {
        underWay.delete(name);
      }
      return answered;
    },
  };
}

/** JSON with sorted keys: the order of a body's fields says nothing. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}
