import type { PolicyView } from '../../../shared/model/policy.ts';
import type { Context } from '../client/context.ts';
import { EXIT, type ExitStatus } from '../grammar/exit-status.ts';
import { tableLines } from '../terminal/table.ts';
import { watchRollout } from '../watch/rollout.ts';
import type { Verb } from './verb.ts';

const policyListVerb: Verb = {
  name: 'policy list',
  summary: 'List the policies, which start rollouts by themselves',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { json: true, utc: true },
  examples: ['switchyard policy list'],
  async run(context) {
    const { client, flags, terminal } = context;
    const { body } = await client.json<PolicyView[]>('/api/policies');
    if (flags.json) terminal.out.json(body);
    else if (body.length === 0) terminal.err.line('No policies: CONFIG has no [policies.NAME].');
    else for (const line of tableLines(body.map((policy) => cellsOf(context, policy)))) terminal.out.line(line);
    return EXIT.success;
  },
};

function cellsOf({ client, times, terminal: { out } }: Context, policy: PolicyView): string[] {
  const { name, on, cron, timezone, paused, nextAt, rolloutId, waiting, rollout } = policy;
  const when = on === 'target' ? 'each new target commit' : `${cron} ${timezone}`;
  const next = nextAt === null ? '' : `next ${times.clock(nextAt, client.now())}`;
  return [
    out.paint.strong(name),
    rollout.steps.map(({ op }) => op).join(', '),
    when,
    paused ? out.paint.tone('attention', 'paused') : next,
    waiting ? `waits: ${waiting.message}` : rolloutId ? `switchyard rollout show ${rolloutId}` : 'has not run yet',
  ];
}

async function decide(context: Context, name: string, word: 'run' | 'pause' | 'resume'): Promise<PolicyView> {
  const path = `/api/policies/${encodeURIComponent(name)}/${word}`;
  return (await context.client.json<PolicyView>(path, { method: 'POST' })).body;
}

const policyRunVerb: Verb = {
  name: 'policy run',
  summary: 'Run a policy now, and watch until the end',
  takes: 'POLICY',
  words: { least: 1, most: 1 },
  flags: { detach: 'Leave as soon as it has begun', json: true, utc: true },
  examples: ['switchyard policy run nightly'],
  async run(context, [name = '']): Promise<ExitStatus> {
    const { flags, terminal } = context;
    const policy = await decide(context, name, 'run');
    if (flags.detach || policy.rolloutId === null) {
      if (flags.json) terminal.out.json(policy);
      else terminal.err.line(`${name} runs: ${policy.rolloutId ?? 'nothing to do'}`);
      return EXIT.success;
    }
    return await watchRollout(context, policy.rolloutId);
  },
};

const pausing = (word: 'pause' | 'resume', summary: string, done: string): Verb => ({
  name: `policy ${word}`,
  summary,
  takes: 'POLICY',
  words: { least: 1, most: 1 },
  flags: { json: true },
  async run(context, [name = '']) {
    const policy = await decide(context, name, word);
    if (context.flags.json) context.terminal.out.json(policy);
    else context.terminal.err.line(`${name} ${done}`);
    return EXIT.success;
  },
});

export const policyVerbs: readonly Verb[] = [
  policyListVerb,
  policyRunVerb,
  pausing('pause', 'Start no more runs; an active rollout goes on', 'is paused'),
  pausing('resume', 'Start runs by itself again', 'starts runs by itself again'),
];
