import type { Host } from '../../../shared/host.ts';
import { HOST_LOOKS, HOST_STATES, type HostState } from '../../../shared/host-look.ts';

/** A host with where it stands. */
export type FleetRow = { host: Host; state: HostState };

export type FleetFilter = { text: string; state: HostState | null; sort: FleetSort };

export const FLEET_SORTS = ['name', 'state', 'seen'] as const;
export type FleetSort = (typeof FLEET_SORTS)[number];

/** Every word of the text stands in the host's name, tags or platform. */
function matchesText({ name, tags, platform }: Host, text: string): boolean {
  if (text === '') return true;
  const all = `${name} ${tags.join(' ')} ${platform ?? ''}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** The rows to show, from rows in the order of their names. */
export function filterFleet(rows: readonly FleetRow[], { text, state, sort }: FleetFilter): FleetRow[] {
  const found = rows.filter((row) => (state === null || row.state === state) && matchesText(row.host, text));
  if (sort === 'state') found.sort((one, other) => HOST_STATES.indexOf(one.state) - HOST_STATES.indexOf(other.state));
  if (sort === 'seen') found.sort((one, other) => (one.host.lastSeenAt ?? 0) - (other.host.lastSeenAt ?? 0));
  return found;
}

/** How many hosts are in each state. */
export function countStates(rows: readonly FleetRow[]): Record<HostState, number> {
  const counts = Object.fromEntries(HOST_STATES.map((state) => [state, 0])) as Record<HostState, number>;
  for (const { state } of rows) counts[state] += 1;
  return counts;
}

/** What a host has to be to be shown: `has “web” in its name, tags or platform and is in state Offline`. */
export const filterInWords = (text: string, state: HostState | null): string =>
  [
    ...(text === '' ? [] : [`has “${text}” in its name, tags or platform`]),
    ...(state === null ? [] : [`is in state ${HOST_LOOKS[state].word}`]),
  ].join(' and ');
