import type { CheckStatus } from '../../shared/model/report.ts';
import { GATE_LIGHTS, type GateLightName } from '../../shared/model/rollout.ts';
import { fitsGlob } from '../../shared/text/glob.ts';
import type { GateSeen } from './event.ts';

/** Compartments that a change may break after it was proven. */
type GateCompartment = 'agent' | 'system' | 'tests';

/** A proven host's state now and before the rollout touched it. */
export type HostWatch = {
  hostId: string;
  host: string;
  /** Null while it is online. */
  absentForMs: number | null;
  before: Readonly<Record<GateCompartment, CheckStatus>>;
  now: Readonly<Record<GateCompartment, CheckStatus>>;
  /** False if the agent can't report failed units (no systemd, or an older agent). The gate then ignores the host's units. */
  watchesUnits: boolean;
  /** Null if no report listed them. */
  failedUnitsBefore: readonly string[] | null;
  failedUnits: readonly string[] | null;
};

export type GateRules = { presence: boolean; ignoreUnits: readonly string[] };

/** A shorter absence may be a restart of the agent or a brief network fault. */
const FORGIVEN_ABSENCE_MS = 30_000;

/** Why the gate does not hold at a host; null if it holds. */
export type HostGate = { kind: 'broken' | 'unobserved'; message: string } | null;

function presenceAt({ host, absentForMs }: HostWatch, { presence }: GateRules): HostGate {
  if (absentForMs === null) return null;
  if (!presence) return { kind: 'unobserved', message: `${host} is offline` };
  if (absentForMs > FORGIVEN_ABSENCE_MS) return { kind: 'broken', message: `${host} went offline` };
  return { kind: 'unobserved', message: `${host} is away` };
}

const compartmentAt =
  (name: GateCompartment) =>
  ({ host, now, before }: HostWatch): HostGate =>
    now[name] === 'error' && before[name] !== 'error'
      ? { kind: 'broken', message: `${host}: ${name} is in error` }
      : null;

function unitsAt(watch: HostWatch, { ignoreUnits }: GateRules): HostGate {
  const { host, watchesUnits, failedUnits, failedUnitsBefore } = watch;
  if (!watchesUnits) return null;
  if (failedUnits === null) return { kind: 'unobserved', message: `${host} has not reported its failed units` };
  const old = new Set(failedUnitsBefore);
  const isNew = (unit: string) =>
    !old.has(unit) && !isTransient(unit) && !ignoreUnits.some((glob) => fitsGlob(glob, unit));
  const failed = failedUnits.filter(isNew);
  return failed.length === 0 ? null : { kind: 'broken', message: `${host}: ${failed.join(', ')} failed` };
}

/** Evaluates each part of the gate at a host. */
export const GATE_PARTS = {
  presence: presenceAt,
  agent: compartmentAt('agent'),
  system: compartmentAt('system'),
  tests: compartmentAt('tests'),
  units: unitsAt,
} as const satisfies Record<GateLightName, (watch: HostWatch, rules: GateRules) => HostGate>;

/**
 * The gate at one host. Only new faults count, because the rollout did not cause earlier ones. Unknown is not passed.
 */
export function hostGate(watch: HostWatch, rules: GateRules): HostGate {
  for (const name of GATE_LIGHTS) {
    const found = GATE_PARTS[name](watch, rules);
    if (found !== null) return found;
  }
  return null;
}

/**
 * The gate over all proven hosts of a wave. A sleeping host does not hold up a rollout without `presence`, as long as another one is
 * observed.
 *
 * @param forgiven Hosts at whose broken gate a person resumed.
 */
export function gateOf(
  watches: readonly HostWatch[],
  rules: GateRules,
  forgiven: ReadonlySet<string>,
): GateSeen & { broken: readonly string[] } {
  let unobserved: string | null = null;
  let awake = 0;
  const broken: { hostId: string; message: string }[] = [];
  for (const watch of watches) {
    if (forgiven.has(watch.hostId)) continue;
    const sleeps = watch.absentForMs !== null && !rules.presence;
    if (!sleeps) awake += 1;
    const found = hostGate(watch, rules);
    if (found?.kind === 'broken') broken.push({ hostId: watch.hostId, message: found.message });
    else if (found && !sleeps) unobserved ??= found.message;
  }
  const hostIds = broken.map(({ hostId }) => hostId);
  const [first] = broken;
  if (first) {
    const more = broken.length > 1 ? ` (and ${broken.length - 1} more)` : '';
    return { kind: 'broken', message: `${first.message}${more}`, broken: hostIds };
  }
  if (unobserved !== null) return { kind: 'unobserved', message: unobserved, broken: [] };
  if (awake === 0 && watches.some(({ hostId }) => !forgiven.has(hostId)))
    return { kind: 'unobserved', message: 'every host of the wave is offline', broken: [] };
  return { kind: 'holds', broken: [] };
}

/** Transient units of systemd-run and logins. */
const isTransient = (unit: string): boolean =>
  /^(run-[a-z]?[0-9a-f-]+|session-[^.]*|switchyard-.*)\.(service|scope|timer|mount)$/.test(unit);
