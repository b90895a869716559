import { ROLLOUT_DEFAULTS, type Wave, type WavePlan } from '../../shared/model/rollout.ts';

/** The facts of a host that decide its wave. */
export type Candidate = { id: string; name: string; online: boolean };

/** A wave's plan. `names`: whether it names this host; null if it counts hosts instead. */
export type WaveSelection = WavePlan & { names: ((host: Candidate) => boolean) | null };

/** The waves of a plan without any: one host first, then more and more. */
export const DEFAULT_WAVES: readonly WavePlan[] = [{ count: 1 }, { percent: 10 }, { percent: 50 }];

/**
 * The frozen waves of a rollout over `hosts`. Each takes from the hosts that earlier waves left; `percent` is of all hosts, rounded up.
 * Hosts in no wave form the last one, and an empty wave is left out. Online hosts go first, then by name, so that a wave of a given size
 * takes hosts that can prove something.
 *
 * The soak of the last wave is 0 unless its plan says otherwise: nothing waits behind it.
 */
export function freezeWaves(hosts: readonly Candidate[], selections: readonly WaveSelection[]): Wave[] {
  let left = [...hosts].sort((a, b) => Number(b.online) - Number(a.online) || compareNames(a.name, b.name));
  const taken: { plan: WavePlan; hosts: Candidate[] }[] = [];
  for (const { names, ...plan } of selections) {
    const named = names ? left.filter(names) : left;
    const chosen = named.slice(0, sizeOf(plan, named.length, hosts.length));
    if (chosen.length === 0) continue;
    taken.push({ plan, hosts: chosen });
    const gone = new Set(chosen);
    left = left.filter((host) => !gone.has(host));
  }
  if (left.length > 0) taken.push({ plan: {}, hosts: left });
  return taken.map(({ plan, hosts: chosen }, index) => ({
    index,
    name: plan.name ?? `wave ${index + 1}`,
    hosts: chosen.map(({ id }) => id),
    soakMs: plan.soakMs ?? (index === taken.length - 1 ? 0 : ROLLOUT_DEFAULTS.soakMs),
    approve: plan.approve ?? false,
    status: 'waiting' as const,
    startedAt: null,
    soakUntil: null,
    finishedAt: null,
  }));
}

const sizeOf = ({ count, percent }: WavePlan, named: number, all: number): number =>
  Math.min(count ?? named, percent === undefined ? named : Math.ceil((all * percent) / 100));

/** By code units: the same on every machine. */
const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
