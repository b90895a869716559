import { type Turn, takeIn } from './turn.ts';

/** Turns that go to the store together. No two touch the same host. `shared` takes changes outside every host's turn. */
export type TurnBatch = { turns: Turn[]; shared: Turn | null; ofHost: Map<string, Turn> };

export const newTurnBatch = (): TurnBatch => ({ turns: [], shared: null, ofHost: new Map() });

/** Assigns the host to this turn, with any changes that another turn of the batch made to it. */
export function claim(batch: TurnBatch, turn: Turn, hostId: string): void {
  const other = batch.ofHost.get(hostId);
  if (other === turn) return;
  turn.hosts.add(hostId);
  batch.ofHost.set(hostId, turn);
  if (!other) return;
  takeIn(turn, other);
  for (const id of other.hosts) batch.ofHost.set(id, turn);
  batch.turns = batch.turns.filter((one) => one !== other);
  if (batch.shared === other) batch.shared = turn;
}

/**
 * Removes and returns the turns built on those of the batch before: both touch the same host, or both are shared. The result maps
 * each to the first turn that it is built on. They are found by host, because a lost store fails the turns of a whole fleet at once.
 */
export function removeBuiltOn(batch: TurnBatch, turns: readonly Turn[], shared: Turn | null): Map<Turn, Turn> {
  const found = new Map<Turn, Turn>();
  const add = (one: Turn | null | undefined, earlier: Turn): void => {
    if (one && !found.has(one)) found.set(one, earlier);
  };
  for (const turn of turns) {
    if (turn === shared) add(batch.shared, turn);
    for (const hostId of turn.hosts) add(batch.ofHost.get(hostId), turn);
  }
  for (const one of found.keys()) {
    for (const hostId of one.hosts) batch.ofHost.delete(hostId);
    if (one === batch.shared) batch.shared = null;
  }
  if (found.size > 0) batch.turns = batch.turns.filter((one) => !found.has(one));
  return found;
}
