import type { Ledger } from '../engine/ledger.ts';

/**
 * Ids that an event has reported, each once. An id counts as soon as its event is made, so a burst of frames makes one event. If the
 * event can't be written, the id no longer counts.
 */
export type ToldIds = {
  readonly size: number;
  has(id: string): boolean;
  /** Whether the id's event is durable. */
  isDurable(id: string): boolean;
  /** Call this in the turn of the event. */
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
