import type { Quarantined } from '../../../shared/model/rollout.ts';
import { agoInWords } from '../../../shared/time/spans.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { tableLines } from '../terminal/table.ts';
import type { Verb } from './verb.ts';

export const quarantineVerb: Verb = {
  name: 'quarantine',
  summary: 'Show the commits that nothing goes to any more, or lift one',
  takes: '[COMMIT]',
  words: { least: 0, most: 1 },
  flags: { lift: true, json: true },
  examples: ['switchyard quarantine', 'switchyard quarantine 0123456789abcdef0123456789abcdef01234567 --lift'],
  async run({ client, flags, terminal }, [commit]) {
    if (flags.lift && commit !== undefined) {
      await client.json(`/api/quarantine/${encodeURIComponent(commit)}`, { method: 'DELETE' });
      terminal.err.line(`${commit} is no longer quarantined`);
      return EXIT.success;
    }
    const { body } = await client.json<Quarantined[]>('/api/quarantine');
    const items = body.filter((one) => commit === undefined || one.commit.startsWith(commit));
    if (flags.json) terminal.out.json(items);
    else if (items.length === 0) terminal.err.line('No commit is quarantined.');
    else
      for (const line of tableLines(items.map((one) => [one.commit, agoInWords(client.now() - one.at), one.reason])))
        terminal.out.line(line);
    return EXIT.success;
  },
};
