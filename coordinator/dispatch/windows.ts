import type { OpDefinition } from '../../shared/op-definition.ts';
import type { WindowView } from '../../shared/window.ts';
import type { WindowConfig, WindowConfigs } from '../config/windows.ts';
import { createSchedule, type Schedule } from '../schedule/window.ts';

/** The windows of CONFIG. They bind ops that activate or reboot on hosts with their tags (docs/rollouts.md, Windows). */
export type Windows = {
  view(now: number): WindowView[];
  find(name: string): Schedule | null;
  /**
   * The window that a host waits for; null if the op may begin now and has `ms` left. A host bound by several windows may use every
   * opening of each.
   */
  shut(op: Pick<OpDefinition, 'activates' | 'completion'>, host: Tagged, now: number, ms?: number): Shut | null;
};

/** `opensAt`: the next time when it is open for as long as asked; null if never. */
export type Shut = { name: string; opensAt: number | null };

type Tagged = { readonly tags: readonly string[] };
type Named = { name: string; config: WindowConfig; schedule: Schedule };

export function createWindows(configs: WindowConfigs): Windows {
  const windows = Object.entries(configs).map(
    ([name, config]): Named => ({ name, config, schedule: createSchedule(config) }),
  );
  return {
    view: (now) => windows.map((window) => viewOf(window, now)),
    find: (name) => windows.find((window) => window.name === name)?.schedule ?? null,
    shut(op, { tags }, now, ms = 1) {
      if (!op.activates && op.completion !== 'reboot') return null;
      let soonest: Shut | null = null;
      for (const { name, config, schedule } of windows) {
        if (config.tags && !config.tags.some((tag) => tags.includes(tag))) continue;
        const opensAt = schedule.opensFor(now, ms);
        if (opensAt === now) return null;
        if (soonest === null || (opensAt ?? NEVER) < (soonest.opensAt ?? NEVER)) soonest = { name, opensAt };
      }
      return soonest;
    },
  };
}

const NEVER = Number.MAX_SAFE_INTEGER;

const viewOf = ({ name, config, schedule }: Named, now: number): WindowView => {
  const { days, from, to, timezone, tags = null } = config;
  const open = schedule.isOpen(now);
  return {
    ...{ name, days: [...days], from, to, timezone, tags, open },
    until: open ? schedule.closesAt(now) : schedule.opensFor(now, 1),
  };
};
