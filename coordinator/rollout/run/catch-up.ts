import { isBegun } from '../../../shared/rollout.ts';
import type { Quarantine } from '../../dispatch/quarantine.ts';
import type { DueHost, RolloutEventOf } from '../event.ts';
import type { Page } from './page.ts';
import { type TurnDeps, turnsOf } from './turn.ts';

export type CatchUpDeps = TurnDeps & {
  quarantine: Pick<Quarantine, 'commits'>;
  /** The rollouts in memory that this host is in. */
  othersOf: (hostId: string) => Iterable<Page>;
};

/** The deferred hosts of a rollout that is done and that can have their turn now; null where there are none. */
export function catchUpOf(deps: CatchUpDeps, page: Page, now: number): RolloutEventOf<'catch-up'> | null {
  const { id, commit } = page.record.rollout;
  if (commit !== null && deps.quarantine.commits().has(commit)) return null;
  const turns = turnsOf(deps, page, now);
  let failed = 0;
  const wave = { due: [] as DueHost[], size: page.rows.size, running: 0, rebooting: 0 };
  for (const hostId of page.rows.keys()) {
    const { standing, step: at, next } = page.standing(hostId);
    if (standing === 'failed') failed += 1;
    else if (standing === 'running' && next === null) {
      wave.running += 1;
      if (turns.reboots(at)) wave.rebooting += 1;
    } else if (standing === 'deferred' || standing === 'running') {
      const step = next ?? 0;
      const isReady = turns.isKnown(step) && turns.absence(hostId) === null && turns.shut(hostId, step) === null;
      if (isReady && !isCovered(deps, hostId, id)) wave.due.push(turns.due(hostId, step));
    }
  }
  return wave.due.length === 0 ? null : { type: 'catch-up', at: now, wave, failed };
}

/** A newer rollout has this host, or another one of it has begun. */
function isCovered({ othersOf }: CatchUpDeps, hostId: string, self: string): boolean {
  for (const { record } of othersOf(hostId)) {
    const { id, status } = record.rollout;
    if (id > self ? status !== 'STOPPED' : id !== self && isBegun(status)) return true;
  }
  return false;
}
