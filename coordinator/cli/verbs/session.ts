import { named } from '../../../shared/model/actor.ts';
import type { SessionView } from '../../../shared/model/grant.ts';
import { age } from '../../../shared/time/spans.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { tableLines } from '../terminal/table.ts';
import type { Verb } from './verb.ts';

export const sessionListVerb: Verb = {
  name: 'session list',
  summary: 'List the open sessions of dashboard and command line: your own, or all of them for an admin',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { json: true, utc: true },
  examples: ['switchyard session list'],
  async run({ client, flags, terminal, times }) {
    const { body } = await client.json<SessionView[]>('/api/sessions');
    const { out, err } = terminal;
    if (flags.json) out.json(body);
    else if (body.length === 0) err.line('No session is open.');
    else {
      const now = client.now();
      const rows = body.map(({ id, actor, name, address, openedAt, expiresAt }) => [
        id.slice(0, SHORT),
        named(actor, name),
        address,
        `opened ${age(Math.max(0, now - openedAt))} ago`,
        `ends ${times.full(expiresAt)}`,
      ]);
      for (const line of tableLines(rows)) out.line(line);
    }
    return EXIT.success;
  },
};

export const sessionEndVerb: Verb = {
  name: 'session end',
  summary: 'End sessions of dashboard or command line, with all that is open with them',
  takes: 'ID…',
  words: { least: 1, most: 1000 },
  flags: {},
  examples: ['switchyard session end 3f1c2a9b04d7'],
  async run({ client, terminal }, words) {
    const { body } = await client.json<SessionView[]>('/api/sessions');
    for (const word of words) {
      const meant = body.filter(({ id }) => id.startsWith(word));
      // The coordinator refuses an unknown id in its own words.
      const { id, actor } = meant.length === 1 && meant[0] ? meant[0] : { id: word, actor: '' };
      await client.json(`/api/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });
      terminal.err.line(`The session ${word} of ${actor} has ended.`);
    }
    return EXIT.success;
  },
};

/** Characters of an id that tell sessions apart. */
const SHORT = 12;
