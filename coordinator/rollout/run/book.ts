import type { StoredRollout } from '../record.ts';
import { createRolloutState, type RolloutState } from './rollout-state.ts';

/** A rollout in memory with all decisions so far. `shown` holds only the durable ones: people see nothing else. */
export type Book = RolloutState & { readonly shown: RolloutState };

export const createBook = (stored: StoredRollout, isThere: (hostId: string) => boolean): Book =>
  Object.assign(createRolloutState(stored, isThere), { shown: createRolloutState(stored, isThere) });
