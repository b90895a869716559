import type { Rollout } from '../../shared/rollout.ts';

/** The soak of the present wave: what is left of it, as of the moment until which it was observed. */
export type Soak = { leftMs: number; observedUntil: number };

/**
 * What is stored of a rollout: its plan, its frozen waves, times and decisions. Where its hosts stand is computed from their commands.
 */
export type RolloutRecord = {
  rollout: Omit<Rollout, 'counts'>;
  /** Waves that a person let go. */
  approvedWaves: readonly number[];
  soak: Soak | null;
  /** Failures that a person has seen and resumed after: they stop nothing any more. */
  forgiven: number;
  /** Hosts whose broken gate a person has seen and resumed after. */
  forgivenHosts: readonly string[];
  /** Its commit was quarantined by it. */
  quarantined: boolean;
};

/** The wave whose turn it is: the first that is not over; null once all are. */
export const presentWave = ({ rollout }: RolloutRecord): number | null => {
  const index = rollout.waves.findIndex(({ status }) => status !== 'done');
  return index < 0 ? null : index;
};
