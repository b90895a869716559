import { type Command, isActive } from '../../shared/command.ts';
import type { FeedState } from '../../shared/feed-state.ts';
import { COMPARTMENTS, type Host } from '../../shared/host.ts';
import { HOST_LOOKS, type HostState, hostState } from '../../shared/host-look.ts';
import { COMPARTMENT_LOOKS } from '../../shared/looks.ts';
import { age } from '../../shared/spans.ts';
import { describe } from './describe.ts';
import type { Paint } from './paint.ts';
import { tableLines } from './table.ts';
import type { Times } from './times.ts';

/** Where a host stands, and what it is at. */
export type HostStanding = {
  state: HostState;
  /** The command that it is at, else the last one where that did not end well; null where there is neither. */
  command: Command | null;
  /** What else waits for it. */
  queued: number;
};

/** What is known of a fleet, apart from its hosts. */
export type Fleet = Pick<FeedState, 'commands' | 'latest' | 'attention'>;

/** Of each host, by its id. */
export function standingsOf(hosts: readonly Host[], { commands, latest, attention }: Fleet): Map<string, HostStanding> {
  const needy = new Set(attention.map(({ hostId }) => hostId));
  const queued = new Map<string, number>();
  for (const { status, hostId } of commands.values())
    if (status === 'QUEUED') queued.set(hostId, (queued.get(hostId) ?? 0) + 1);
  return new Map(
    hosts.map((host) => {
      const last = commands.get(latest.get(host.id) ?? '');
      const command = commands.get(host.activeCommandId ?? '') ?? (last && last.status !== 'SUCCESS' ? last : null);
      const others = (queued.get(host.id) ?? 0) - (command?.status === 'QUEUED' ? 1 : 0);
      return [host.id, { state: hostState(host, last, needy.has(host.id)), command, queued: others }];
    }),
  );
}

export type HostTableDeps = { paint: Paint; times: Times; now: number };

/** Every host in a line: its state, when it was seen, its compartments, what it is at. */
export function hostLines(hosts: readonly Host[], fleet: Fleet, deps: HostTableDeps): string[] {
  const { paint, now } = deps;
  const head = ['  HOST', 'STATE', 'SEEN', 'A G L S T', 'COMMAND'].map(paint.faint);
  const standings = standingsOf(hosts, fleet);
  const rows = hosts.map((host) => {
    const standing = standings.get(host.id) ?? { state: 'unknown', command: null, queued: 0 };
    const look = HOST_LOOKS[standing.state];
    const compartments = COMPARTMENTS.map((name) => {
      const { tone, shape } = COMPARTMENT_LOOKS[host.compartments[name].status];
      return paint.shape({ shape, tone: host.online ? tone : 'quiet' });
    });
    return [
      `${paint.shape(look)} ${host.name}`,
      paint.tone(look.tone, look.word.toLowerCase()),
      seen(host, now),
      compartments.join(' '),
      commandWords(host, standing, deps) || paint.faint('–'),
    ];
  });
  return tableLines([head, ...rows]);
}

/** `switch EXECUTING 4:12  build 41/42; 1 queued` */
export function commandWords(host: Host, { command, queued }: HostStanding, { times, now }: HostTableDeps): string {
  const when =
    command && !isActive(command.status) && command.finishedAt !== null
      ? ` (${age(now - command.finishedAt)} ago)`
      : '';
  return [
    command && `${command.op} ${command.status} ${describe(command, { now, times, host: host.name })}${when}`,
    queued > 0 && `${queued} queued`,
  ]
    .filter(Boolean)
    .join('; ');
}

const seen = ({ online, lastSeenAt }: Host, now: number): string =>
  online ? 'now' : lastSeenAt === null ? 'never' : `${age(now - lastSeenAt)} ago`;
