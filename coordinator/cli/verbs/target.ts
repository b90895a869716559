import type { Target } from '../../../shared/model/target.ts';
import { age } from '../../../shared/time/spans.ts';
import { EXIT } from '../grammar/exit-status.ts';
import type { Verb } from './verb.ts';

/** The remote may be slow. */
const REFRESH_MS = 150_000;

export const targetVerb: Verb = {
  name: 'target',
  summary: 'Show the commit that the fleet should be at',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { refresh: 'Look at the remote first', json: true, utc: true },
  examples: ['switchyard target', 'switchyard target --refresh'],
  async run({ client, flags, terminal, times }) {
    const { out, err } = terminal;
    const { body: target } = flags.refresh
      ? await client.json<Target>('/api/target/refresh', { method: 'POST', patienceMs: REFRESH_MS })
      : await client.json<Target>('/api/target');
    const { source, branch, commit, lockHash, checkedAt, error } = target;
    if (flags.json) out.json(target);
    else if (source === null) err.line('No target is configured: see [target] in the coordinator’s CONFIG.');
    else {
      const { paint } = out;
      const checked = checkedAt === null ? 'never' : `${age(client.now() - checkedAt)} ago, ${times.full(checkedAt)}`;
      const head =
        error !== null
          ? paint.tone('error', '✕')
          : commit === null
            ? paint.tone('unknown', '?')
            : paint.tone('ok', '✓');
      out.line(`${head} ${source}${branch === null ? '' : ` ${branch}`}`);
      out.line(`  commit   ${commit ?? 'not known'}`);
      out.line(`  lock     ${lockHash ?? 'not known'}`);
      out.line(`  checked  ${checked}`);
      if (error !== null) out.line(`  error    ${error}`);
    }
    return EXIT.success;
  },
};
