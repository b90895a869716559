import type { Rollout, RolloutHost, RolloutSummary } from '../model/rollout.ts';
import type { FeedChange } from './frames.ts';

/** A rollout that was requested whole, kept current by the live feed. */

export type RolloutHostChange = Extract<FeedChange, { type: 'rollout_host' }>;

/** The hosts by id after these changes. Changes of other hosts are ignored. */
export function withHostChanges(
  hosts: ReadonlyMap<string, RolloutHost>,
  changes: readonly RolloutHostChange[],
): Map<string, RolloutHost> {
  const changed = new Map(hosts);
  for (const { type: _, rolloutId: _rollout, ...change } of changes) {
    const known = changed.get(change.hostId);
    if (known) changed.set(change.hostId, { ...known, ...change });
  }
  return changed;
}

/** The newer of the requested rollout and its summary in the feed, with the hosts of each wave. */
export function newestRollout<Asked extends Rollout>(asked: Asked, told: RolloutSummary | undefined): Asked {
  if (!told || told.rev < asked.rev) return asked;
  return { ...asked, ...told, waves: told.waves.map((wave, at) => ({ ...wave, hosts: asked.waves[at]?.hosts ?? [] })) };
}
