import { GATE_LIGHTS, type GateLight, type GateLightName } from '../../shared/model/rollout.ts';
import { GATE_PARTS, type GateRules, type HostWatch } from './gate.ts';

/**
 * The gate part by part, for people (docs/protocol.md section 9). Decides nothing: `gateOf` decides from the same parts.
 *
 * @param forgiven Hosts to leave out: a person saw their broken gate and resumed.
 */
export function gateLights(
  watches: readonly HostWatch[],
  rules: GateRules,
  forgiven: ReadonlySet<string>,
): GateLight[] {
  const watched = watches.filter(({ hostId }) => !forgiven.has(hostId));
  return GATE_LIGHTS.map((name) => lightOf(name, watched, rules));
}

function lightOf(name: GateLightName, watches: readonly HostWatch[], rules: GateRules): GateLight {
  if (name === 'presence' && !rules.presence) return off(name, 'hosts need not stay online');
  const watched = name === 'units' ? watches.filter(({ watchesUnits }) => watchesUnits) : watches;
  const blind = watches.length - watched.length;
  const told = blind === 0 ? null : `${blind} ${blind === 1 ? 'host' : 'hosts'} can't tell`;
  if (watched.length === 0) return off(name, told ?? 'no host is proven yet');
  let holding = 0;
  let broken: string | null = null;
  let unobserved: string | null = null;
  for (const watch of watched) {
    // Nothing is seen of a host that is away.
    const found =
      GATE_PARTS[name](watch, rules) ??
      (watch.absentForMs === null ? null : { kind: 'unobserved' as const, message: `${watch.host} is away` });
    if (found === null) holding += 1;
    else if (found.kind === 'broken') broken ??= found.message;
    else unobserved ??= found.message;
  }
  const state = broken !== null ? 'broken' : unobserved !== null ? 'unobserved' : 'holds';
  return { name, state, holding, hosts: watched.length, message: broken ?? unobserved ?? told };
}

const off = (name: GateLightName, message: string): GateLight => ({
  name,
  state: 'off',
  holding: 0,
  hosts: 0,
  message,
});
