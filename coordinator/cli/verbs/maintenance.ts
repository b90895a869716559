import type { Host } from '../../../shared/model/host.ts';
import { allHosts, findHost, hostsMeant, namesHosts } from '../client/targets.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import type { Verb } from './verb.ts';

export const maintenanceVerb: Verb = {
  name: 'maintenance',
  summary: 'Keep commands and rollouts off hosts for a while, or end that',
  takes: '[HOST,…]',
  words: { least: 0, most: 1000 },
  flags: { on: true, tag: true, where: true, for: true, reason: true, end: true, json: true },
  examples: [
    'switchyard maintenance web1 --for 2h --reason "a new disk"',
    'switchyard maintenance --where "tag:db" --for 1h',
    'switchyard maintenance web1 --end',
  ],
  async run(context, words) {
    const { client, flags, terminal } = context;
    if (words.length > 0 && namesHosts(context))
      throw new Failure('takes either words or --on, --tag and --where, not both', { exit: EXIT.usage });
    const known = words.length > 0 ? await allHosts(context) : [];
    const hosts =
      words.length > 0
        ? words.flatMap((word) => word.split(',').filter(Boolean)).map((word) => findHost(known, word))
        : await hostsMeant(context);
    const until = flags.for === undefined ? null : client.now() + flags.for;
    const body = flags.end ? null : { until, reason: flags.reason ?? '' };
    for (const { id } of hosts) {
      const { body: host } = await client.json<Host>(`/api/hosts/${id}/maintenance`, { method: 'POST', body });
      if (flags.json) terminal.out.json(host);
      else terminal.err.line(`${host.name} ${flags.end ? 'is out of maintenance' : 'is in maintenance'}`);
    }
    return EXIT.success;
  },
};
