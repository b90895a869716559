import { plural } from './duration.ts';

/** `2 hosts and 1 rollout need you`. */
export function needsWords(hosts: number, rollouts: number): string {
  const parts = [...(hosts > 0 ? [plural(hosts, 'host')] : []), ...(rollouts > 0 ? [plural(rollouts, 'rollout')] : [])];
  return `${parts.join(' and ')} ${hosts + rollouts === 1 ? 'needs' : 'need'} you`;
}
