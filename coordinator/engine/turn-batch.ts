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

/** Removes and returns the turns built on a turn of the batch before: both touch the same host, or both are shared. */
export function removeBuiltOn(batch: TurnBatch, turn: Turn, isShared: boolean): Turn[] {
  const found = batch.turns.filter(
    (one) => (isShared && one === batch.shared) || [...turn.hosts].some((hostId) => one.hosts.has(hostId)),
  );
  for (const one of found) {
    for (const hostId of one.hosts) batch.ofHost.delete(hostId);
    if (one === batch.shared) batch.shared = null;
  }
  batch.turns = batch.turns.filter((one) => !found.includes(one));
  return found;
}
