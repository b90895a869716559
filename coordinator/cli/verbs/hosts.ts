import type { FeedChange } from '../../../shared/feed/frames.ts';
import type { FeedState } from '../../../shared/feed/state.ts';
import { HOST_LOOKS } from '../../../shared/looks/host-look.ts';
import type { Host } from '../../../shared/model/host.ts';
import type { Context } from '../client/context.ts';
import { readFeed } from '../client/feed.ts';
import { hostFilter, hostsFiltered, hostsMeant, namesHosts } from '../client/targets.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { commandWords, hostLines, summariesOf } from '../show/host-table.ts';
import { jsonText } from '../terminal/acting.ts';
import { clip } from '../terminal/text.ts';
import { type LiveItem, type LiveView, showLive } from '../watch/live.ts';
import type { Verb } from './verb.ts';

const NO_HOSTS = 'No hosts yet. Register one: switchyard host add NAME';

export const hostsVerb: Verb = {
  name: 'hosts',
  summary: 'Show the hosts: what each one runs, and what is outdated',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { on: true, tag: true, where: true, watch: true, json: true, utc: true },
  examples: [
    'switchyard hosts',
    'switchyard hosts --tag web --watch',
    'switchyard hosts --where "state:outdated and not tag:laptop"',
    "switchyard hosts --json | jq -r '.items[].name'",
  ],
  async run(context) {
    const { flags, terminal, times } = context;
    const { out } = terminal;
    const meant = hostFilter(context);
    // Unknown host names are refused.
    if (namesHosts(context)) await hostsMeant(context);
    const lines = (state: FeedState, now: number, lostMs: number | null): string[] => {
      if (state.hosts.size === 0) return [NO_HOSTS];
      const hosts = [...state.hosts.values()].filter((host) => meant(host, state)).sort(byName);
      return hosts.length === 0
        ? ['No host matches any more.']
        : hostLines(hosts, state, { paint: out.paint, times, now, lostMs });
    };
    if (flags.watch)
      return await showLive(context, { lines, items: flags.json ? jsonItems(meant) : textItems(context, meant) });
    if (flags.json) {
      out.json({ items: await hostsFiltered(context), next: null });
      return EXIT.success;
    }
    const { state, now } = await readFeed(context);
    if (state.hosts.size === 0) terminal.err.line(NO_HOSTS);
    else {
      // On a terminal an overlong line would take two rows; in a pipe it is data.
      const width = out.isTerminal ? terminal.columns() : Number.POSITIVE_INFINITY;
      for (const line of lines(state, now, null)) out.line(clip(line, width));
    }
    return EXIT.success;
  },
};

/** A line when a host's state or command changes, or it is removed; a heartbeat alone is not a change. */
function textItems({ times, terminal: { out } }: Context, meant: Meant): LiveView['items'] {
  const names = new Map<string, string>();
  return (state, change, now) => {
    const found = changedHosts(state, change).filter((host) => meant(host, state));
    const summaries = summariesOf(found, state);
    const items = found.flatMap((host): LiveItem[] => {
      const summary = summaries.get(host.id);
      if (!summary) return [];
      names.set(host.id, host.name);
      const look = HOST_LOOKS[summary.state];
      const { command, queued, need } = summary;
      const line = () => {
        const words = commandWords(host, summary, { times, now });
        return `${times.stamp(now)} ${out.paint.shape(look)} ${host.name} ${look.word.toLowerCase()}${words && `: ${words}`}`;
      };
      const running = host.activeCommandId === null ? host.report?.running?.id : null;
      const mark = [
        ...[look.word, command?.id, command?.status, command?.timeoutStatus, queued],
        ...[running, need?.kind, need?.commandId],
      ].join(' ');
      return [{ key: host.id, mark, line }];
    });
    const gone = mayRemove(change) ? [...names].filter(([id]) => !state.hosts.has(id)) : [];
    for (const [id] of gone) names.delete(id);
    return [
      ...items,
      ...gone.map(([key, name]) => ({ key, mark: 'removed', line: () => `${times.stamp(now)} – ${name} removed` })),
    ];
  };
}

/** Each host whenever anything about it changes; for a removed one, the feed's own frame. */
function jsonItems(meant: Meant): LiveView['items'] {
  const known = new Set<string>();
  return (state, change) => {
    const hosts = change === null ? [...state.hosts.values()] : change.type === 'host' ? [change.host] : [];
    const items = hosts.filter((host) => meant(host, state)).map((host) => ({ key: host.id, ...said(host) }));
    for (const { key } of items) known.add(key);
    const gone = mayRemove(change) ? [...known].filter((id) => !state.hosts.has(id)) : [];
    for (const id of gone) known.delete(id);
    return [...items, ...gone.map((hostId) => ({ key: hostId, ...said({ type: 'host_removed', hostId }) }))];
  };
}

function said(object: unknown): Pick<LiveItem, 'mark' | 'line'> {
  const line = jsonText(object);
  return { mark: line, line: () => line };
}

type Meant = ReturnType<typeof hostFilter>;

const mayRemove = (change: FeedChange | null): boolean => change === null || change.type === 'host_removed';

/** The hosts whose rows a change may affect. */
function changedHosts(state: FeedState, change: FeedChange | null): Host[] {
  const one = (id: string) => [state.hosts.get(id)].filter((host) => host !== undefined);
  switch (change?.type) {
    case 'host':
      return one(change.host.id);
    case 'command':
      return one(change.command.hostId);
    case 'host_removed':
    case 'event':
    case 'target':
      return [];
    // Attention is one list for all hosts; no change at all means the whole state.
    default:
      return [...state.hosts.values()];
  }
}

const byName = (one: Host, other: Host): number => (one.name < other.name ? -1 : 1);
