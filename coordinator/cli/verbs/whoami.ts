import { named } from '../../../shared/model/actor.ts';
import { grantWords, type WhoAmI } from '../../../shared/model/grant.ts';
import { serverName } from '../client/config.ts';
import { EXIT } from '../grammar/exit-status.ts';
import type { Verb } from './verb.ts';

export const whoamiVerb: Verb = {
  name: 'whoami',
  summary: 'Show who you are to the coordinator, and what you may do',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { json: true, utc: true },
  examples: ['switchyard whoami'],
  async run({ client, config, flags, terminal, times }) {
    const { body } = await client.json<WhoAmI>('/api/whoami');
    const { out } = terminal;
    if (flags.json) out.json(body);
    else {
      out.line(`${named(body.actor, body.name)} at ${serverName(config)}`);
      for (const grant of body.grants) out.line(`  may     ${grantWords(grant)}`);
      if (body.expiresAt !== null) out.line(`  until   ${times.full(body.expiresAt)}`);
    }
    return EXIT.success;
  },
};
