import { newId } from '../../../shared/ids.ts';
import type { Rollout, RolloutRequest } from '../../../shared/model/rollout.ts';
import { confirmOrLeave } from '../client/confirm.ts';
import type { Context } from '../client/context.ts';
import { hostsMeant } from '../client/targets.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { planLines } from '../show/rollout.ts';
import { watchRollout } from '../watch/rollout.ts';
import type { Verb } from './verb.ts';

export const rolloutStartVerb: Verb = {
  name: 'rollout start',
  summary: 'Run ops on hosts in waves that stop by themselves, and watch until the end',
  takes: 'OP…',
  words: { least: 1, most: 8 },
  flags: {
    on: true,
    tag: true,
    where: true,
    all: true,
    waves: true,
    soak: true,
    maxFailures: true,
    maxParallel: true,
    window: true,
    noPresence: true,
    ignoreUnit: true,
    commit: true,
    approve: true,
    dryRun: true,
    force: true,
    detach: 'Leave as soon as it is made',
    yes: true,
    json: true,
    utc: true,
  },
  examples: [
    'switchyard rollout start pull-switch --tag web --waves 1,10%,50%,rest --soak 10m --max-failures 2',
    'switchyard rollout start pull-switch --tag laptop --no-presence --ignore-unit "backup-*"',
    'switchyard rollout start pull boot reboot --where platform:nixos --window night --dry-run',
  ],
  async run(context, steps) {
    const { client, flags, terminal } = context;
    const hosts = await hostsMeant(context);
    if (flags.all && !flags.dryRun)
      await confirmOrLeave(context, `Roll out ${steps.join(', ')} to all ${hosts.length} hosts?`);
    const ids = hosts.map(({ id }) => id);
    const { body: made } = await client.json<Rollout>('/api/rollouts', {
      method: 'POST',
      body: requestOf(context, steps, ids),
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
    if (!flags.detach && made.status === 'RUNNING') return await watchRollout(context, made.id);
    if (flags.json) terminal.out.json(made);
    return EXIT.success;
  },
};

function requestOf({ flags }: Context, steps: readonly string[], hosts: string[]): RolloutRequest {
  const { waves, soak, maxFailures, maxParallel, commit, approve, force, dryRun, window, noPresence, ignoreUnit } =
    flags;
  const plans = waves ?? (soak === undefined ? undefined : [{ count: 1 }, { percent: 10 }, { percent: 50 }]);
  const gate = { ...(noPresence && { presence: false }), ...(ignoreUnit && { ignoreUnits: ignoreUnit }) };
  return {
    steps: steps.map((op) => ({ op })),
    hosts,
    ...(plans && { waves: plans.map((plan) => ({ ...plan, ...(soak !== undefined && { soakMs: soak }) })) }),
    ...(maxFailures !== undefined && { maxFailures }),
    ...(maxParallel !== undefined && { maxParallel }),
    ...(commit !== undefined && { commit }),
    ...(window !== undefined && { window }),
    ...(Object.keys(gate).length > 0 && { gate }),
    ...(approve && { approve }),
    ...(force && { force }),
    ...(dryRun && { dryRun }),
  };
}
