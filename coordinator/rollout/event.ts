/** A host of the present wave whose next step is due. */
export type DueHost = { hostId: string; step: number; reboots: boolean };

/** The load that bounds how many hosts may begin now. */
export type UnderWay = {
  /** Hosts whose turn has come, in the order of the wave. */
  due: readonly DueHost[];
  size: number;
  running: number;
  /** Running hosts in a step that reboots. */
  rebooting: number;
};

/** The present wave, summed up from its hosts' standings. */
export type WaveSeen = UnderWay & {
  /** Hosts that wait for a window; null if none do. */
  shut: ShutSeen | null;
  /** Due hosts that are offline or in maintenance. */
  absent: readonly { hostId: string; code: 'host_offline' | 'in_maintenance' }[];
  /** Hosts past their step's deadline. */
  overdue: readonly string[];
  proven: number;
  /** Proven hosts that had nothing to do. */
  alreadyCurrent: number;
  failed: number;
};

/** The gate's present state over the proven hosts of the present wave. */
export type GateSeen =
  | { kind: 'holds' }
  /** A host has not reported all that the gate needs. */
  | { kind: 'unobserved'; message: string }
  | { kind: 'broken'; message: string };

/** Hosts that wait for a window, with the first window to open for any of them and its time, if known. */
export type ShutSeen = { hosts: number; name: string; until: number | null };

/** Everything that can happen to a rollout. `at` is by the coordinator's clock. */
export type RolloutEvent = { at: number } & (
  | {
      type: 'look';
      wave: WaveSeen;
      /** Failures of the waves before the present one. */
      failedBefore: number;
      /** Hosts proven in the waves before the present one. */
      provenBefore: number;
      /** Failures after activation, in the present and the earlier waves: these speak against the commit. */
      againstCommit: number;
      againstBefore: number;
      gate: GateSeen;
      /** Since when the gate has been observed without a gap, at least. */
      observedSince: number;
      /** The end of observation. It lags, because a host that has just fallen silent still seems present. */
      observedUntil: number;
    }
  /** Deferred hosts came back after the rollout was done. `failed`: its failed hosts, caught up or not. */
  | { type: 'catch-up'; wave: UnderWay; failed: number }
  | { type: 'approve'; actor: string }
  | { type: 'pause'; actor: string }
  /** `failed`, `against`: all failures so far, and those after activation; `broken`: the hosts at which the gate is broken. */
  | { type: 'resume'; actor: string; skipFailed: boolean; failed: number; against: number; broken: readonly string[] }
  | { type: 'retry'; actor: string; failedBefore: number; againstBefore: number }
  | { type: 'stop'; actor: string; undo: 'none' | 'proven' }
  /** A newer commit of its policy takes its place. */
  | { type: 'supersede'; message: string }
);

export type RolloutEventType = RolloutEvent['type'];
export type RolloutEventOf<Type extends RolloutEventType> = Extract<RolloutEvent, { type: Type }>;

/** A look at the present wave. */
export type LookEvent = RolloutEventOf<'look'>;
