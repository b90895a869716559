import { SwitchyardError } from '../../shared/api/errors.ts';
import type { HostEntry, Roster } from './roster.ts';

/** The selection of hosts in a request, apart from its `where`. */
export type NamedHosts = { hosts?: readonly string[] | undefined; tags?: readonly string[] | undefined };

/** The host with this id or name; throws `unknown_host`. */
export function hostNamed(roster: Pick<Roster, 'find'>, idOrName: string): HostEntry {
  const host = roster.find(idOrName);
  if (!host) throw new SwitchyardError('unknown_host', `No host has the id or name "${idOrName}"`);
  return host;
}

/** The hosts with one of these tags. */
export const hostsTagged = (hosts: readonly HostEntry[], tags: readonly string[] = []): HostEntry[] =>
  hosts.filter((host) => host.tags.some((tag) => tags.includes(tag)));

/**
 * The hosts that a dispatch or a rollout selects: those in `hosts`, then those with one of `tags`, each once. Throws `unknown_host`, and
 * `invalid_request` if it selects none.
 *
 * @param fitting The hosts that its `where` fits. They bound the selection; without `hosts` and `tags` they are the selection. Null without a `where`.
 */
export function hostsMeant(
  roster: Pick<Roster, 'all' | 'find'>,
  { hosts, tags }: NamedHosts,
  fitting: ReadonlySet<string> | null,
): HostEntry[] {
  const named = new Set((hosts ?? []).map((idOrName) => hostNamed(roster, idOrName)));
  for (const host of hosts || tags || !fitting ? hostsTagged(roster.all(), tags) : roster.all()) named.add(host);
  if (named.size === 0)
    throw new SwitchyardError('invalid_request', 'No host is selected: name hosts, or tags that some host has');
  const meant = fitting ? [...named].filter(({ id }) => fitting.has(id)) : [...named];
  if (meant.length === 0) throw new SwitchyardError('invalid_request', 'No selected host fits `where`');
  return meant;
}
