import type { Command } from '../../../shared/command.ts';
import type { Host } from '../../../shared/host.ts';
import { EXIT } from '../exit-status.ts';
import { activeOf, hostLines, hostLook } from '../host-table.ts';
import { showLive } from '../live.ts';
import { hostsFiltered } from '../targets.ts';
import type { Verb } from '../verb.ts';

const NO_HOSTS = 'No hosts yet. Register one: switchyard host add NAME';

export const hostsVerb: Verb = {
  name: 'hosts',
  summary: 'Show the hosts: what each is at, and what is out of date',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { on: true, tag: true, watch: true, json: true, utc: true },
  examples: [
    'switchyard hosts',
    'switchyard hosts --tag web --watch',
    "switchyard hosts --json | jq -r '.items[].name'",
  ],
  async run(context) {
    const { client, flags, terminal, times } = context;
    const { out } = terminal;
    const hosts = await hostsFiltered(context);
    if (flags.watch) {
      const isMeant = flags.on || flags.tag ? new Set(hosts.map(({ id }) => id)) : null;
      const meant = (host: Host) => isMeant === null || isMeant.has(host.id);
      const words = new Map<string, string>();
      return await showLive(context, {
        lines: (state, now) =>
          hostLines([...state.hosts.values()].filter(meant).sort(byName), {
            ...{ paint: out.paint, times, now },
            command: (host) => activeOf(host, state.commands),
          }),
        line(change, now) {
          if (change.type !== 'host' || !meant(change.host)) return null;
          const { host } = change;
          if (flags.json) return JSON.stringify(host);
          const { shape, word } = hostLook(host, null);
          // A heartbeat alone is no news.
          if (words.get(host.id) === word) return null;
          words.set(host.id, word);
          return `${times.stamp(now)} ${shape} ${host.name} ${word}`;
        },
      });
    }
    if (flags.json) out.write(`${JSON.stringify({ items: hosts, next: null })}\n`);
    else if (hosts.length === 0) terminal.err.write(`${NO_HOSTS}\n`);
    else {
      const active = hosts.some(({ activeCommandId }) => activeCommandId !== null)
        ? await client.list<Command>('/api/commands?active=true&limit=500', 'before')
        : [];
      const commands = new Map(active.map((command) => [command.id, command]));
      const lines = hostLines(hosts, {
        ...{ paint: out.paint, times, now: client.now() },
        command: (host) => activeOf(host, commands),
      });
      for (const line of lines) out.write(`${line}\n`);
    }
    return EXIT.success;
  },
};

const byName = (one: Host, other: Host): number => (one.name < other.name ? -1 : 1);
