import type { Ledger } from '../engine/ledger.ts';

/**
 * Ids that an event tells of once. An id counts from the moment of the telling, so that a burst of frames makes one event. If the
 * event is not written, the id no longer counts.
 */
export type ToldIds = {
  readonly size: number;
  has(id: string): boolean;
  /** Its event is written. */
  isDurable(id: string): boolean;
  /** Call it in the turn of the event. */
  add(id: string): void;
};

export function createToldIds(ledger: Pick<Ledger, 'afterCommit' | 'commit'>): ToldIds {
  const told = new Map<string, 'telling' | 'durable'>();
  return {
    get size() {
      return told.size;
    },
    has: (id) => told.has(id),
    isDurable: (id) => told.get(id) === 'durable',
    add(id) {
      told.set(id, 'telling');
      ledger.afterCommit(() => told.set(id, 'durable'));
      ledger.commit().catch(() => told.delete(id));
    },
  };
}
