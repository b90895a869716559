/** A host of the present wave whose next step is due. */
export type DueHost = { hostId: string; step: number; reboots: boolean };

/** Bounds how many hosts may begin now. */
export type UnderWay = {
  /** Hosts whose turn it is, in the order of the wave. */
  due: readonly DueHost[];
  size: number;
  running: number;
  /** Running hosts in a step that reboots. */
  rebooting: number;
};

/** The present wave, summed over its hosts' standings. */
export type WaveSeen = UnderWay & {
  /** The hosts that wait for a window; null where none does. */
  shut: ShutSeen | null;
  /** Due, but offline or in maintenance at their turn. */
  absent: readonly { hostId: string; code: 'host_offline' | 'in_maintenance' }[];
  /** Past the deadline of their step. */
  overdue: readonly string[];
  proven: number;
  /** Proven hosts that had nothing to do. */
  alreadyCurrent: number;
  failed: number;
};

/** The gate over the proven hosts of the present wave, at this moment. */
export type GateSeen =
  | { kind: 'holds' }
  /** A host has not told all that the gate asks. */
  | { kind: 'unobserved'; message: string }
  | { kind: 'broken'; message: string };

/** Hosts whose step may not begin now: the window that opens for one of them first, and when, if that is known. */
export type ShutSeen = { hosts: number; name: string; until: number | null };

/** Everything that can happen to a rollout. `at` is the coordinator's time. */
export type RolloutEvent = { at: number } & (
  | {
      type: 'look';
      wave: WaveSeen;
      /** Failures of the waves before the present one. */
      failedBefore: number;
      /** Of all failures, those that speak against the commit: after activation. */
      againstCommit: number;
      gate: GateSeen;
      /** Since when the gate has been observed without a gap, at least. */
      observedSince: number;
      /** Until when it was observed: a host that fell silent just now still seems to be there. */
      observedUntil: number;
    }
  /** Deferred hosts that are back, after the rollout was done. `failed`: hosts of it that have failed, caught up or not. */
  | { type: 'catch-up'; wave: UnderWay; failed: number }
  | { type: 'approve'; actor: string }
  | { type: 'pause'; actor: string }
  /** `failed`: how many have failed so far; `broken`: the hosts at which the gate is broken. */
  | { type: 'resume'; actor: string; skipFailed: boolean; failed: number; broken: readonly string[] }
  | { type: 'retry'; actor: string; failedBefore: number }
  | { type: 'stop'; actor: string; undo: 'none' | 'proven' }
  /** A newer commit of its policy takes its place. */
  | { type: 'supersede'; message: string }
);

export type RolloutEventType = RolloutEvent['type'];
export type RolloutEventOf<Type extends RolloutEventType> = Extract<RolloutEvent, { type: Type }>;
