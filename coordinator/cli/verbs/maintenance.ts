import type { Host } from '../../../shared/host.ts';
import { EXIT } from '../grammar/exit-status.ts';
import type { Verb } from './verb.ts';

export const maintenanceVerb: Verb = {
  name: 'maintenance',
  summary: 'Say that hosts are not to be worked on for a while, or may be again',
  takes: 'HOST…',
  words: { least: 1, most: 1000 },
  flags: { for: true, reason: true, end: true, json: true },
  examples: ['switchyard maintenance web1 --for 2h --reason "a new disk"', 'switchyard maintenance web1 --end'],
  async run({ client, flags, terminal }, words) {
    const until = flags.for === undefined ? null : client.now() + flags.for;
    const body = flags.end ? null : { until, reason: flags.reason ?? '' };
    for (const word of words) {
      const { body: host } = await client.json<Host>(`/api/hosts/${encodeURIComponent(word)}/maintenance`, {
        method: 'POST',
        body,
      });
      if (flags.json) terminal.out.json(host);
      else terminal.err.line(`${host.name} ${flags.end ? 'may be worked on again' : 'is in maintenance'}`);
    }
    return EXIT.success;
  },
};
