import type { HostToken, NewToken } from '../../../shared/api/resources.ts';
import { age } from '../../../shared/time/spans.ts';
import { confirmOrLeave } from '../client/confirm.ts';
import { allHosts, findHost } from '../client/targets.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { showSetup } from '../show/setup.ts';
import { listed } from '../terminal/text.ts';
import { untilGreets } from '../watch/until-greets.ts';
import type { Verb } from './verb.ts';

export const hostAddVerb: Verb = {
  name: 'host add',
  summary: 'Register a host and print its token, which is shown only once; then wait until its agent has connected',
  takes: 'NAME',
  words: { least: 1, most: 1 },
  flags: {
    tag: 'Tags of the host',
    platform: true,
    watch: 'Wait until its agent has connected; by default on a terminal',
    detach: 'Do not wait',
    json: true,
  },
  examples: [
    'switchyard host add web1 --tag web',
    'switchyard host add web1 --platform nixos',
    'switchyard host add web1 > web1.token',
  ],
  async run(context, [name = '']) {
    const { client, flags, terminal } = context;
    const { body } = await client.json<HostToken>('/api/hosts', {
      method: 'POST',
      body: { name, ...(flags.tag && { tags: flags.tag }) },
    });
    if (flags.json) terminal.out.json(body);
    else terminal.out.line(body.token);
    if (!flags.json)
      terminal.err.line(
        `${name} is registered. Its agent takes this token as SWITCHYARD_TOKEN_FILE; it is shown only once.`,
      );
    const isWatched = terminal.out.isTerminal && terminal.err.isTerminal && !flags.json;
    if (isWatched || flags.platform) showSetup(context, 'token');
    if (flags.detach || !(flags.watch || isWatched)) return EXIT.success;
    return await untilGreets(context, body);
  },
};

export const hostRemoveVerb: Verb = {
  name: 'host rm',
  summary: 'Remove hosts: their tokens stop working, active commands there are LOST',
  takes: 'HOST…',
  words: { least: 1, most: 1000 },
  flags: { yes: true },
  examples: ['switchyard host rm web1'],
  async run(context, words) {
    const { client, terminal } = context;
    const known = await allHosts(context);
    const hosts = words.map((word) => findHost(known, word));
    await confirmOrLeave(
      context,
      `Remove ${listed(hosts.map(({ name }) => name))}? The token stops working, and active commands there are LOST.`,
    );
    for (const { id, name } of hosts) {
      await client.json(`/api/hosts/${id}`, { method: 'DELETE' });
      terminal.err.line(`${name} is removed`);
    }
    return EXIT.success;
  },
};

export const hostTokenVerb: Verb = {
  name: 'host token',
  summary: 'Give a host a new token and print it; the old one stops working',
  takes: 'HOST',
  words: { least: 1, most: 1 },
  flags: { grace: 'So long the old one works too, unless the new one is used before', json: true },
  examples: ['switchyard host token web1 > web1.token', 'switchyard host token web1 --grace 1d > web1.token'],
  async run({ client, flags, terminal }, [host = '']) {
    const { body } = await client.json<NewToken>(`/api/hosts/${encodeURIComponent(host)}/token`, {
      method: 'POST',
      ...(flags.grace !== undefined && { body: { graceMs: flags.grace } }),
    });
    if (flags.json) terminal.out.json(body);
    else terminal.out.line(body.token);
    const old = flags.grace
      ? `works for ${age(flags.grace)} more, or until the new one is used`
      : 'has stopped working';
    if (!flags.json) terminal.err.line(`The old token of ${host} ${old}.`);
    return EXIT.success;
  },
};
