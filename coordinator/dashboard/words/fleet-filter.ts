import { HOST_LOOKS, HOST_STATES, type HostState } from '../../../shared/looks/host-look.ts';
import { COMPARTMENTS, type Host } from '../../../shared/model/host.ts';
import { parseWhere } from '../../../shared/where/where.ts';
import { matchesWhere } from '../../../shared/where/where-match.ts';

/** A host with its state. `needsYou`: it is among those that the strip and *Needs you* count. */
export type FleetRow = { host: Host; state: HostState; needsYou: boolean };

export const FLEET_SORTS = ['name', 'state', 'seen'] as const;
export type FleetSort = (typeof FLEET_SORTS)[number];

/** `tag:web` matches exactly that tag, `git:outdated` a compartment's status; any other word is searched for everywhere. */
function matchesWord({ name, tags, platform, compartments }: Host, word: string): boolean {
  const [key = '', value = ''] = word.split(/:(.*)/s);
  if (key === 'tag' && value !== '') return tags.some((tag) => tag.toLowerCase() === value);
  const compartment = COMPARTMENTS.find((one) => one === key);
  if (compartment && value !== '') return compartments[compartment].status === value;
  return `${name} ${tags.join(' ')} ${platform ?? ''}`.toLowerCase().includes(word);
}

/** The rows that fit the text as a `where`. A text that does not parse as one matches rows that contain each of its words. */
export function matchText(rows: readonly FleetRow[], text: string): readonly FleetRow[] {
  const parsed = parseWhere(text);
  if ('where' in parsed) return rows.filter(({ host, state }) => matchesWhere(parsed.where, host, state));
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? rows : rows.filter(({ host }) => words.every((word) => matchesWord(host, word)));
}

/** Parts of the grammar that no name or tag has. */
const LOOKS_LIKE_WHERE = /(^|\s)(and|or|not)(\s|$)|[()<>]/;

/** The fault of a text that looks like a `where` but does not parse; null if it parses, or looks like plain words. */
export function whereFaultIn(text: string): string | null {
  if (!LOOKS_LIKE_WHERE.test(text)) return null;
  const parsed = parseWhere(text);
  if ('where' in parsed) return null;
  const before = text.slice(0, parsed.fault.position).trimEnd();
  return before === '' ? parsed.fault.message : `After “${before}”: ${parsed.fault.message}`;
}

/** The filter that a row belongs to: of all hosts that need a person, failed ones too, it is *Needs you*. */
const filterOf = ({ state, needsYou }: FleetRow): HostState => (needsYou ? 'attention' : state);

export const inState = (rows: readonly FleetRow[], state: HostState | null): readonly FleetRow[] =>
  state === null ? rows : rows.filter((row) => filterOf(row) === state || (state === 'failed' && row.state === state));

/** Sorts rows that are in order of their names. */
export function sortFleet(rows: readonly FleetRow[], sort: FleetSort): readonly FleetRow[] {
  switch (sort) {
    case 'name':
      return rows;
    case 'state':
      return rows.toSorted((one, other) => HOST_STATES.indexOf(one.state) - HOST_STATES.indexOf(other.state));
    case 'seen':
      return rows.toSorted((one, other) => (one.host.lastSeenAt ?? 0) - (other.host.lastSeenAt ?? 0));
  }
}

/** How many hosts are in each state. */
export function countStates(rows: readonly FleetRow[]): Record<HostState, number> {
  const counts = Object.fromEntries(HOST_STATES.map((state) => [state, 0])) as Record<HostState, number>;
  for (const row of rows) counts[filterOf(row)] += 1;
  return counts;
}

/** The filter as a condition: `matches “web” and is in state Offline`. */
export const filterInWords = (text: string, state: HostState | null): string =>
  [
    ...(text === '' ? [] : [`matches “${text}”`]),
    ...(state === null ? [] : [`is in state ${HOST_LOOKS[state].word}`]),
  ].join(' and ');
