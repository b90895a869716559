import type { FeedState } from '../../../shared/feed/state.ts';
import { hostState } from '../../../shared/looks/host-look.ts';
import type { Host } from '../../../shared/model/host.ts';
import { meantBy } from '../../../shared/text/typos.ts';
import { parseWhere } from '../../../shared/where/where.ts';
import { matchesWhere } from '../../../shared/where/where-match.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { listed } from '../terminal/text.ts';
import type { Context } from './context.ts';

export const allHosts = ({ client }: Context): Promise<Host[]> => client.list<Host>('/api/hosts?limit=500', 'after');

/** Whether any flag names hosts. */
export const namesHosts = ({ flags: { on, tag, where } }: Pick<Context, 'flags'>): boolean =>
  on !== undefined || tag !== undefined || where !== undefined;

/**
 * The hosts that `--on`, `--tag` and `--all` name together; of those, or else of all, the ones that fit `--where`. Throws a
 * `Failure` if there are none.
 */
export async function hostsMeant(context: Context): Promise<Host[]> {
  const { on = [], tag = [], where } = context.flags;
  const isNarrowed = where !== undefined;
  const all = context.flags.all || (isNarrowed && on.length === 0 && tag.length === 0);
  if (on.length === 0 && tag.length === 0 && !all)
    throw new Failure('no hosts named: use --on HOST,…, --tag TAG,…, --where WHERE or --all', {
      exit: EXIT.usage,
    });
  const fitting = isNarrowed ? await hostsWhere(context, where) : null;
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
  if (!fitting) return meant;
  const ids = new Set(fitting.map(({ id }) => id));
  const narrowed = meant.filter(({ id }) => ids.has(id));
  if (narrowed.length === 0) throw new Failure(`none of these hosts fits ${where}`, { exit: EXIT.usage });
  return narrowed;
}

/** The hosts that fit, by the coordinator's answer. Points at a fault in the text. */
async function hostsWhere({ client }: Context, where: string): Promise<Host[]> {
  const parsed = parseWhere(where);
  if ('fault' in parsed) {
    const { position, message } = parsed.fault;
    throw new Failure(`--where: ${message}\n  ${where}\n  ${' '.repeat(position)}^`, { exit: EXIT.usage });
  }
  return await client.list<Host>(`/api/hosts?limit=500&where=${encodeURIComponent(where)}`, 'after');
}

const NAMED = 12;

/** The valid names, as `; the hosts are web1, web2`; empty if there are none. */
export function knownOf(what: string, names: readonly string[]): string {
  const known = [...new Set(names)].sort();
  return known.length === 0 ? '' : `; the ${what} are ${listed(known, NAMED)}`;
}

/** The same as a filter: all hosts without flags. */
export async function hostsFiltered(context: Context): Promise<Host[]> {
  return namesHosts(context) ? hostsMeant(context) : allHosts(context);
}

/** The same for hosts that appear later, including ones that did not exist or had another tag. */
export function hostFilter({ flags: { on, tag, where } }: Context): (host: Host, fleet: Fleet) => boolean {
  const parsed = where === undefined ? null : parseWhere(where);
  const condition = parsed && 'where' in parsed ? parsed.where : null;
  const isNamed = ({ id, name, tags }: Host) =>
    (!on && !tag) ||
    (on ?? []).some((one) => one === id || one === name) ||
    tags.some((one) => (tag ?? []).includes(one));
  return (host, { commands, latest, attention }) => {
    if (!isNamed(host)) return false;
    if (!condition) return true;
    const needsYou = attention.some(({ hostId }) => hostId === host.id);
    return matchesWhere(condition, host, hostState(host, commands.get(latest.get(host.id) ?? ''), needsYou));
  };
}

type Fleet = Pick<FeedState, 'commands' | 'latest' | 'attention'>;

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
