import { type Turn, takeIn } from './turn.ts';

/** The turns of one moment, which become one batch. No two touch the same host. `shared` takes changes outside every host's turn. */
export type Moment = { turns: Turn[]; shared: Turn | null; ofHost: Map<string, Turn> };

export const newMoment = (): Moment => ({ turns: [], shared: null, ofHost: new Map() });

/** Assigns the host to this turn, with any changes that another turn of the moment made to it. */
export function claim(moment: Moment, turn: Turn, hostId: string): void {
  const other = moment.ofHost.get(hostId);
  if (other === turn) return;
  turn.hosts.add(hostId);
  moment.ofHost.set(hostId, turn);
  if (!other) return;
  takeIn(turn, other);
  for (const id of other.hosts) moment.ofHost.set(id, turn);
  moment.turns = moment.turns.filter((one) => one !== other);
  if (moment.shared === other) moment.shared = turn;
}

/** Removes and returns the turns built on a turn of the previous moment: both touch the same host, or both are shared. */
export function removeBuiltOn(moment: Moment, turn: Turn, isShared: boolean): Turn[] {
  const found = moment.turns.filter(
    (one) => (isShared && one === moment.shared) || [...turn.hosts].some((hostId) => one.hosts.has(hostId)),
  );
  for (const one of found) {
    for (const hostId of one.hosts) moment.ofHost.delete(hostId);
    if (one === moment.shared) moment.shared = null;
  }
  moment.turns = moment.turns.filter((one) => !found.includes(one));
  return found;
}
