import type { Ledger } from '../engine/ledger.ts';
import type { EnrolledState } from '../store/records.ts';

/** The state folders with which hosts enrolled. Each host keeps only the last. */
export type EnrolledStates = {
  /** Null also if the state's host was removed. */
  of(stateId: string): EnrolledState | null;
  ofHost(hostId: string): EnrolledState | null;
  /** Replaces the host's earlier state in the present turn. */
  keep(state: EnrolledState): void;
};

export type EnrolledStatesDeps = {
  ledger: Pick<Ledger, 'also'>;
  isThere: (hostId: string) => boolean;
  stored: readonly EnrolledState[];
};

export function createEnrolledStates({ ledger, isThere, stored }: EnrolledStatesDeps): EnrolledStates {
  const byState = new Map(stored.map((one) => [one.stateId, one]));
  const byHost = new Map(stored.map((one) => [one.hostId, one]));
  return {
    of(stateId) {
      const found = byState.get(stateId);
      if (!found || isThere(found.hostId)) return found ?? null;
      byState.delete(stateId);
      byHost.delete(found.hostId);
      return null;
    },
    ofHost: (hostId) => byHost.get(hostId) ?? null,
    keep(state) {
      const before = byHost.get(state.hostId);
      const undo = (): void => {
        byState.delete(state.stateId);
        if (before) {
          byState.set(before.stateId, before);
          byHost.set(before.hostId, before);
        } else byHost.delete(state.hostId);
      };
      if (before) byState.delete(before.stateId);
      byState.set(state.stateId, state);
      byHost.set(state.hostId, state);
      ledger.also({ type: 'host_enrolled', state }, undo);
    },
  };
}
