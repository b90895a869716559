import { sleep } from '../../../shared/clock.ts';
import { newId } from '../../../shared/ids.ts';
import type { Page } from '../../../shared/resources.ts';
import { isActiveRollout, type Rollout, type RolloutRequest, type RolloutView } from '../../../shared/rollout.ts';
import { confirmOrLeave } from '../client/confirm.ts';
import type { Context } from '../client/context.ts';
import { hostsMeant } from '../client/targets.ts';
import { EXIT, type ExitStatus } from '../grammar/exit-status.ts';
import { planLines, rolloutLine, rolloutLines } from '../show/rollout.ts';
import type { Verb } from './verb.ts';

const LOOK_MS = 1_000;

export const rolloutStartVerb: Verb = {
  name: 'rollout start',
  summary: 'Run ops on hosts in waves that stop by themselves, and watch until the end',
  takes: 'OP…',
  words: { least: 1, most: 8 },
  flags: {
    ...{ on: true, tag: true, where: true, all: true, waves: true, soak: true, maxFailures: true, maxParallel: true },
    ...{ commit: true, approve: true, dryRun: true, force: true, detach: 'Leave as soon as it is made' },
    ...{ yes: true, json: true, utc: true },
  },
  examples: [
    'switchyard rollout start pull-switch --tag web --waves 1,10%,50%,100% --soak 10m --max-failures 2',
    'switchyard rollout start pull boot reboot --where platform:nixos --dry-run',
  ],
  async run(context, steps) {
    const { client, flags, terminal } = context;
    const hosts = await hostsMeant(context);
    if (flags.all && !flags.dryRun)
      await confirmOrLeave(context, `Roll out ${steps.join(', ')} to all ${hosts.length} hosts?`);
    const { body: made } = await client.json<Rollout>('/api/rollouts', {
      method: 'POST',
      body: requestOf(
        context,
        steps,
        hosts.map(({ id }) => id),
      ),
      headers: { 'idempotency-key': newId() },
    });
    if (flags.dryRun) {
      const names = new Map(hosts.map(({ id, name }) => [id, name]));
      if (flags.json) terminal.out.json(made);
      else for (const line of planLines(made, names)) terminal.out.line(line);
      return EXIT.success;
    }
    terminal.err.line(`${made.name} is made: ${made.id}`);
    if (made.status === 'AWAITING_APPROVAL') terminal.err.line(`it waits: switchyard rollout approve ${made.id}`);
    if (!flags.detach && made.status === 'RUNNING') return await follow(context, made.id);
    if (flags.json) terminal.out.json(made);
    return EXIT.success;
  },
};

function requestOf(
  { flags: { waves, soak, maxFailures, maxParallel, commit, approve, force, dryRun } }: Context,
  steps: readonly string[],
  hosts: string[],
): RolloutRequest {
  const plans = waves ?? (soak === undefined ? undefined : [{ count: 1 }, { percent: 10 }, { percent: 50 }]);
  return {
    steps: steps.map((op) => ({ op })),
    hosts,
    ...(plans && { waves: plans.map((plan) => ({ ...plan, ...(soak !== undefined && { soakMs: soak }) })) }),
    ...(maxFailures !== undefined && { maxFailures }),
    ...(maxParallel !== undefined && { maxParallel }),
    ...(commit !== undefined && { commit }),
    ...(approve && { approve }),
    ...(force && { force }),
    ...(dryRun && { dryRun }),
  };
}

/** Until it has ended, or a person has to decide; tells what changes. */
async function follow(context: Context, id: string): Promise<ExitStatus> {
  const { client, clock, flags, interrupted, terminal } = context;
  for (let told = ''; ; ) {
    const { body } = await client.json<RolloutView>(`/api/rollouts/${encodeURIComponent(id)}`);
    const line = rolloutLine(body, client.now());
    const mark = `${body.rev} ${JSON.stringify(body.counts)}`;
    if (mark !== told) {
      if (flags.json) terminal.out.json(body);
      else terminal.err.line(line);
    }
    told = mark;
    const { status } = body;
    if (!isActiveRollout(status) || status === 'PAUSED') {
      if (!flags.json) for (const one of rolloutLines(body, terminal.out.paint)) terminal.out.line(one);
      if (status === 'PAUSED') terminal.err.line(`it waits for you: switchyard rollout resume|retry|stop ${id}`);
      return status === 'DONE' && body.counts.failed === 0 ? EXIT.success : EXIT.badEnd;
    }
    try {
      await sleep(clock, LOOK_MS, interrupted);
    } catch {
      terminal.err.line(`it goes on; watch: switchyard rollout watch ${id}`);
      return EXIT.detached;
    }
  }
}

export const rolloutListVerb: Verb = {
  name: 'rollout list',
  summary: 'List rollouts, newest first',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { limit: true, json: true, utc: true },
  examples: ['switchyard rollout list'],
  async run({ client, flags, terminal }) {
    const { body } = await client.json<Page<Rollout>>(`/api/rollouts?limit=${Math.min(flags.limit ?? 20, 100)}`);
    if (flags.json) terminal.out.json(body);
    else if (body.items.length === 0) terminal.err.line('No rollouts yet.');
    else for (const rollout of body.items) terminal.out.line(`${rollout.id}  ${rolloutLine(rollout, client.now())}`);
    return EXIT.success;
  },
};

export const rolloutShowVerb: Verb = {
  name: 'rollout show',
  summary: 'Show a rollout: its waves, and where each host stands',
  takes: 'ROLLOUT',
  words: { least: 1, most: 1 },
  flags: { json: true, utc: true },
  async run({ client, flags, terminal }, [id = '']) {
    const { body } = await client.json<RolloutView>(`/api/rollouts/${encodeURIComponent(id)}`);
    if (flags.json) terminal.out.json(body);
    else for (const line of rolloutLines(body, terminal.out.paint)) terminal.out.line(line);
    return EXIT.success;
  },
};

export const rolloutWatchVerb: Verb = {
  name: 'rollout watch',
  summary: 'Follow a rollout until it ends, or waits for you',
  takes: 'ROLLOUT',
  words: { least: 1, most: 1 },
  flags: { json: true, utc: true },
  run: (context, [id = '']) => follow(context, id),
};

const decisionVerb = (
  word: string,
  summary: string,
  flags: Verb['flags'],
  bodyOf: (context: Context) => object,
): Verb => ({
  name: `rollout ${word}`,
  summary,
  takes: 'ROLLOUT',
  words: { least: 1, most: 1 },
  flags: { ...flags, json: true },
  async run(context, [id = '']) {
    const { client, flags: given, terminal } = context;
    const body = bodyOf(context);
    const { body: rollout } = await client.json<Rollout>(`/api/rollouts/${encodeURIComponent(id)}/${word}`, {
      method: 'POST',
      ...(Object.keys(body).length > 0 && { body }),
    });
    if (given.json) terminal.out.json(rollout);
    else terminal.err.line(rolloutLine(rollout, client.now()));
    return EXIT.success;
  },
});

export const rolloutDecisionVerbs: readonly Verb[] = [
  decisionVerb('approve', 'Let a rollout begin, or its wave that waits', {}, () => ({})),
  decisionVerb('pause', 'Begin no further host; what runs goes on', {}, () => ({})),
  decisionVerb('resume', 'Go on; what failed so far stops it no more', { skipFailed: true }, ({ flags }) =>
    flags.skipFailed ? { skipFailed: true } : {},
  ),
  decisionVerb('retry', 'Give the failed and deferred hosts of the present wave another turn', {}, () => ({})),
  decisionVerb('stop', 'End a rollout', { undo: true }, ({ flags }) => (flags.undo ? { undo: 'proven' } : {})),
];
