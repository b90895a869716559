import { named } from '../../../shared/model/actor.ts';
import { type ApiTokenView, type Grant, grantWords, type NewApiToken } from '../../../shared/model/grant.ts';
import { age } from '../../../shared/time/spans.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { tableLines } from '../terminal/table.ts';
import type { Verb } from './verb.ts';

export const tokenCreateVerb: Verb = {
  name: 'token create',
  summary: 'Make a token with a role and limits, and print it; it is shown only once',
  takes: 'NAME',
  words: { least: 1, most: 1 },
  flags: {
    role: true,
    tag: 'Let it act only on hosts that have one of these tags',
    ops: true,
    expires: true,
    json: true,
  },
  examples: [
    'switchyard token create alice --role admin > alice.token',
    'switchyard token create ci --role operator --tag web --ops pull,switch --expires 90d',
    'switchyard token create prometheus',
  ],
  async run({ client, flags, terminal }, [name = '']) {
    const { role = 'viewer', tag, ops, expires } = flags;
    const grants: Grant[] = [{ role, ...(tag && { tags: tag }), ...(ops && { ops }) }];
    const { body } = await client.json<NewApiToken>('/api/tokens', {
      method: 'POST',
      body: { name, grants, ...(expires !== undefined && { expiresAt: client.now() + expires }) },
    });
    if (flags.json) terminal.out.json(body);
    else terminal.out.line(body.token);
    if (!flags.json)
      terminal.err.line(`${name} may: ${grants.map(grantWords).join('; ')}. The token is shown only once.`);
    return EXIT.success;
  },
};

export const tokenListVerb: Verb = {
  name: 'token list',
  summary: 'Show the tokens, what they allow, and when each was last used',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { json: true, utc: true },
  examples: ['switchyard token list'],
  async run({ client, flags, terminal, times }) {
    const { body } = await client.json<ApiTokenView[]>('/api/tokens');
    const { out, err } = terminal;
    if (flags.json) out.json(body);
    else if (body.length === 0) err.line('There is no token beside the admin token.');
    else {
      const now = client.now();
      const rows = body.map(({ name, grants, createdBy, createdByName, expiresAt, lastUsedAt }) => [
        name,
        grants.map(grantWords).join('; '),
        `made by ${named(createdBy, createdByName)}`,
        lastUsedAt === null ? 'never used' : `used ${age(Math.max(0, now - lastUsedAt))} ago`,
        expiresAt === null ? '' : `${expiresAt > now ? 'expires' : 'expired'} ${times.full(expiresAt)}`,
      ]);
      for (const line of tableLines(rows)) out.line(line);
    }
    return EXIT.success;
  },
};

export const tokenRemoveVerb: Verb = {
  name: 'token remove',
  summary: 'Take tokens away: they stop working within a second, with all that is open with them',
  takes: 'NAME…',
  words: { least: 1, most: 1000 },
  flags: {},
  examples: ['switchyard token remove ci'],
  async run({ client, terminal }, names) {
    for (const name of names) {
      await client.json(`/api/tokens/${encodeURIComponent(name)}`, { method: 'DELETE' });
      terminal.err.line(`The token ${name} has stopped working.`);
    }
    return EXIT.success;
  },
};
