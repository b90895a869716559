import type { Host } from '../../../shared/host.ts';
import { meantBy } from '../../../shared/typos.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { listed } from '../terminal/text.ts';
import type { Context } from './context.ts';

export const allHosts = ({ client }: Context): Promise<Host[]> => client.list<Host>('/api/hosts?limit=500', 'after');

/** The hosts that `--on`, `--tag` and `--all` mean, together; throws a `Failure` where they mean none. */
export async function hostsMeant(context: Context): Promise<Host[]> {
  const { on = [], tag = [], all } = context.flags;
  if (on.length === 0 && tag.length === 0 && !all)
    throw new Failure('no host is meant: say which with --on HOST,…, --tag TAG,… or --all', { exit: EXIT.usage });
  const hosts = await allHosts(context);
  const named = on.map((name) => findHost(hosts, name));
  const others = hosts.filter((host) => all || host.tags.some((one) => tag.includes(one)));
  const meant = [...new Set([...named, ...others])];
  if (meant.length === 0)
    throw new Failure(
      tag.length > 0
        ? `no host has the tag ${tag.join(', ')}${knownOf(
            'tags',
            hosts.flatMap(({ tags }) => tags),
          )}`
        : 'there are no hosts yet: register one with switchyard host add NAME',
      { exit: EXIT.usage },
    );
  return meant;
}

const NAMED = 12;

/** `; the hosts are web1, web2`: what could have been typed instead; nothing where there is none. */
export function knownOf(what: string, names: readonly string[]): string {
  const known = [...new Set(names)].sort();
  return known.length === 0 ? '' : `; the ${what} are ${listed(known, NAMED)}`;
}

/** The same as a filter: all of them where nothing is said. */
export async function hostsFiltered(context: Context): Promise<Host[]> {
  const { on, tag } = context.flags;
  return on || tag ? hostsMeant(context) : allHosts(context);
}

/** The same for hosts as they come, also such as were not there or had another tag. */
export function hostFilter({ flags: { on, tag } }: Context): (host: Pick<Host, 'id' | 'name' | 'tags'>) => boolean {
  if (!on && !tag) return () => true;
  return ({ id, name, tags }) =>
    (on ?? []).some((one) => one === id || one === name) || tags.some((one) => (tag ?? []).includes(one));
}

export function findHost(hosts: readonly Host[], idOrName: string): Host {
  const found = hosts.find(({ id, name }) => id === idOrName || name === idOrName);
  if (found) return found;
  const meant = meantBy(
    idOrName,
    hosts.map(({ name }) => name),
  );
  const known = meant
    ? `; did you mean ${meant}?`
    : knownOf(
        'hosts',
        hosts.map(({ name }) => name),
      );
  throw new Failure(`no host has the id or name "${idOrName}"${known}`, { exit: EXIT.usage });
}
