import type { WindowView } from '../../shared/model/window.ts';
import type { OpDefinition } from '../../shared/ops/op-definition.ts';
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
  shut(op: Activating, host: Tagged, now: number, ms?: number): Shut | null;
  /** When the last opening ends in which the op may run on this host now, with `ms` left; null where no end binds it. */
  closesAt(op: Activating, host: Tagged, now: number, ms: number): number | null;
};

/** `opensAt`: the next time when it is open for as long as asked; null if never. */
export type Shut = { name: string; opensAt: number | null };

type Activating = Pick<OpDefinition, 'activates' | 'completion'>;
type Tagged = { readonly tags: readonly string[] };
type Named = { name: string; config: WindowConfig; schedule: Schedule };

export function createWindows(configs: WindowConfigs): Windows {
  const windows = Object.entries(configs).map(
    ([name, config]): Named => ({ name, config, schedule: createSchedule(config) }),
  );
  const binding = ({ activates, completion }: Activating, { tags }: Tagged): Named[] =>
    activates || completion === 'reboot'
      ? windows.filter(({ config }) => config.tags?.some((tag) => tags.includes(tag)) ?? true)
      : [];

  return {
    view: (now) => windows.map((window) => viewOf(window, now)),
    find: (name) => windows.find((window) => window.name === name)?.schedule ?? null,
    shut(op, host, now, ms = 1) {
      let soonest: Shut | null = null;
      for (const { name, schedule } of binding(op, host)) {
        const opensAt = schedule.opensFor(now, ms);
        if (opensAt === now) return null;
        if (soonest === null || (opensAt ?? NEVER) < (soonest.opensAt ?? NEVER)) soonest = { name, opensAt };
      }
      return soonest;
    },
    closesAt(op, host, now, ms) {
      const open = binding(op, host).filter(({ schedule }) => schedule.opensFor(now, ms) === now);
      const ends = open.map(({ schedule }) => schedule.closesAt(now) ?? NEVER);
      const last = Math.max(0, ...ends);
      return last === 0 || last === NEVER ? null : last;
    },
  };
}

const NEVER = Number.MAX_SAFE_INTEGER;

const viewOf = ({ name, config, schedule }: Named, now: number): WindowView => {
  const { days, from, to, timezone, tags = null } = config;
  const open = schedule.isOpen(now);
  return {
    name,
    days: [...days],
    from,
    to,
    timezone,
    tags,
    open,
    until: open ? schedule.closesAt(now) : schedule.opensFor(now, 1),
  };
};
