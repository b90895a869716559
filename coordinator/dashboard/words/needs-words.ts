import { plural } from './duration.ts';

const list = new Intl.ListFormat('en-GB');

/** `2 hosts, 1 rollout and 1 other thing need you`. */
export function needsWords(hosts: number, rollouts: number, others = 0): string {
  const parts = [
    ...(hosts > 0 ? [plural(hosts, 'host')] : []),
    ...(rollouts > 0 ? [plural(rollouts, 'rollout')] : []),
    ...(others > 0 ? [plural(others, 'other thing')] : []),
  ];
  return `${list.format(parts)} ${hosts + rollouts + others === 1 ? 'needs' : 'need'} you`;
}
