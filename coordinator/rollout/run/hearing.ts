import type { Clock } from '../../../shared/time/clock.ts';
import type { Sessions } from '../../engine/sessions.ts';
import type { Roster } from '../../hosts/roster.ts';
import { presentWave } from '../record.ts';
import type { RolloutState } from './rollout-state.ts';

/** Tracks the time since which this process has heard hosts without a gap, and whether hosts still have time to come back after one. */
export type Hearing = {
  /** The start of hearing without a gap, by the wall clock. */
  since(): number;
  /** Records that a gap ends now. */
  gap(): void;
  isNew(): boolean;
  /** Whether hosts of the present wave, unheard since the gap, may still come back. */
  mayComeBack(state: RolloutState): boolean;
};

export type HearingDeps = { clock: Clock; roster: Pick<Roster, 'byId'>; sessions: Pick<Sessions, 'isOnline'> };

/**
 * How long hosts may take to come back to a coordinator that was away. An agent notices a dead connection after 30 s, waits at most 30 s
 * between two tries, and connects.
 */
export const COMING_BACK_MS = 75_000;

export function createHearing({ clock, roster, sessions }: HearingDeps): Hearing {
  let since = clock.now();
  const isNew = (): boolean => clock.now() < since + COMING_BACK_MS;
  return {
    since: () => since,
    gap: () => {
      since = clock.now();
    },
    isNew,
    mayComeBack({ record }) {
      if (!isNew()) return false;
      const wave = record.rollout.waves[presentWave(record) ?? -1];
      const isUnheard = (hostId: string): boolean => {
        // A host that never greeted can't come back.
        const known = roster.byId(hostId)?.known ?? null;
        return known !== null && !sessions.isOnline(hostId) && known.lastSeenAt <= since;
      };
      return wave?.hosts.some(isUnheard) ?? false;
    },
  };
}
