import type { Command } from '../../../shared/command.ts';
import type { Host } from '../../../shared/host.ts';
import { age } from './duration.ts';
import type { Look } from './status-look.ts';

/** Where a host stands, by what matters most: each host is in exactly one of these. */
export const HOST_STATES = ['attention', 'working', 'failed', 'offline', 'outdated', 'ok', 'unknown'] as const;
export type HostState = (typeof HOST_STATES)[number];

export const HOST_LOOKS = {
  attention: { tone: 'attention', shape: 'triangle', word: 'Needs you' },
  working: { tone: 'working', shape: 'half', word: 'Working' },
  failed: { tone: 'error', shape: 'cross', word: 'Failed' },
  offline: { tone: 'unknown', shape: 'dash', word: 'Offline' },
  outdated: { tone: 'attention', shape: 'clock', word: 'Outdated' },
  ok: { tone: 'ok', shape: 'check', word: 'Ok' },
  unknown: { tone: 'unknown', shape: 'question', word: 'Unknown' },
} as const satisfies Record<HostState, Look>;

const FAILED: ReadonlySet<string> = new Set(['ERROR', 'TIMEOUT', 'ABORTED_BY_REBOOT', 'STALE_BINARY']);

/** `latest`: the host's newest command; `needsYou`: something on it waits for a person. */
export function hostState(host: Host, latest: Command | undefined, needsYou: boolean): HostState {
  if (needsYou) return 'attention';
  if (!host.online) return 'offline';
  if (host.activeCommandId !== null) return 'working';
  const statuses = Object.values(host.compartments).map(({ status }) => status);
  if (statuses.includes('error') || (latest && FAILED.has(latest.status))) return 'failed';
  if (statuses.includes('outdated')) return 'outdated';
  return statuses.includes('ok') ? 'ok' : 'unknown';
}

/** One sentence on a host's state. */
export function hostSentence(host: Host, state: HostState, active: Command | undefined, now: number): string {
  const { name, lastSeenAt, online } = host;
  if (lastSeenAt === null) return `${name} has never connected.`;
  const seen = online ? '' : ` It was last seen ${age(now - lastSeenAt)} ago.`;
  const runs = active ? ` Under way: ${active.op}.` : '';
  switch (state) {
    case 'attention':
      return `${name} waits for you.${runs}${seen}`;
    case 'offline':
      return `${name} is offline.${seen}${runs}`;
    case 'working':
      return `${name} is online.${runs}`;
    case 'failed':
      return `${name} is online, and something on it failed.`;
    case 'outdated':
      return `${name} is online and behind its target.`;
    case 'ok':
      return `${name} is online and where it should be.`;
    case 'unknown':
      return `${name} is online; what it should be is not known.`;
  }
}
