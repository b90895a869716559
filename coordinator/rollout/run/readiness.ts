import type { OpDefinition } from '../../../shared/ops/op-definition.ts';
import type { OpCatalog } from '../../dispatch/op-catalog.ts';
import type { Shut, Windows } from '../../dispatch/windows.ts';
import type { Sessions } from '../../engine/sessions.ts';
import { maintenanceOf, type Roster } from '../../hosts/roster.ts';
import type { DueHost, ShutSeen } from '../event.ts';
import type { RolloutState } from './rollout-state.ts';

export type ReadinessDeps = {
  catalog: Pick<OpCatalog, 'find'>;
  roster: Pick<Roster, 'byId'>;
  sessions: Pick<Sessions, 'isOnline'>;
  windows: Pick<Windows, 'find' | 'shut'>;
};

export type Absence = 'host_offline' | 'in_maintenance';

/** Whether a rollout's hosts can take their next step at one moment, and what stops them. */
export type Readiness = {
  /** Whether the step reboots the host. */
  reboots(step: number | null): boolean;
  /** False if no host still has this step's op. */
  isKnown(step: number): boolean;
  due(hostId: string, step: number): DueHost;
  absence(hostId: string): Absence | null;
  /** The window that this step waits for on this host; null if it may begin now and its op's timeout fits. */
  shut(hostId: string, step: number): Shut | null;
};

export function readinessOf(
  { catalog, roster, sessions, windows }: ReadinessDeps,
  state: RolloutState,
  now: number,
): Readiness {
  const { steps, plan } = state.record.rollout;
  const ops = steps.map(({ op }): OpDefinition | undefined => catalog.find(op));
  const timeoutOf = (step: number): number => ops[step]?.thresholds.timeoutMs ?? 1;
  const reboots = (step: number | null): boolean => ops[step ?? -1]?.completion === 'reboot';
  const planned = plan.window === undefined ? null : windows.find(plan.window);
  return {
    reboots,
    isKnown: (step) => ops[step] !== undefined,
    due: (hostId, step) => ({ hostId, step, reboots: reboots(step) }),
    absence(hostId) {
      const host = roster.byId(hostId);
      if (!host || !sessions.isOnline(hostId)) return 'host_offline';
      return maintenanceOf(host, now) ? 'in_maintenance' : null;
    },
    shut(hostId, step) {
      if (plan.window !== undefined) {
        // A window that CONFIG no longer has never opens.
        const opensAt = planned?.opensFor(now, timeoutOf(step)) ?? null;
        if (opensAt !== now) return { name: plan.window, opensAt };
      }
      const [host, op] = [roster.byId(hostId), ops[step]];
      return host && op && !plan.force ? windows.shut(op, host, now, timeoutOf(step)) : null;
    },
  };
}

/** Adds one more host that waits for a window. */
export const shutTogether = (all: ShutSeen | null, { name, opensAt }: Shut): ShutSeen => {
  const until = all?.until ?? null;
  const isSooner = all === null || (opensAt !== null && (until === null || opensAt < until));
  return { hosts: (all?.hosts ?? 0) + 1, name: isSooner ? name : all.name, until: isSooner ? opensAt : until };
};
