import type { DispatchRequest } from '../../../shared/model/dispatch.ts';
import type { Host } from '../../../shared/model/host.ts';
import { actsOnCommands, OPS } from '../../../shared/ops/ops.ts';
import { meantBy } from '../../../shared/text/typos.ts';
import { confirmOrLeave } from '../client/confirm.ts';
import type { Context } from '../client/context.ts';
import { hostsMeant, knownOf } from '../client/targets.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { listed } from '../terminal/text.ts';
import { start } from '../watch/start.ts';
import type { Verb } from './verb.ts';

export const runVerb: Verb = {
  name: 'run',
  summary: 'Run an op on hosts, and watch until its verdict',
  takes: 'OP',
  words: { least: 1, most: 1 },
  flags: {
    on: true,
    tag: true,
    where: true,
    all: true,
    watch: 'Watch until the verdict; the default',
    detach: true,
    waitTimeout: true,
    noWait: true,
    queue: true,
    force: true,
    yes: true,
    json: true,
    utc: true,
    commit: true,
    allowOlder: true,
    guard: true,
    confirm: true,
    keep: true,
  },
  examples: [
    'switchyard run pull-switch --on web1,web2',
    'switchyard run test --tag web --json',
    'switchyard run pull-switch --on web1 --commit 0123456789abcdef0123456789abcdef01234567',
    'switchyard run switch --on web1 --confirm 10m --keep proof',
    'switchyard run pull --where "state:outdated and online"',
    'switchyard run switch --on laptop --queue 2h --detach',
  ],
  async run(context, [op = '']) {
    if (actsOnCommands(op))
      throw new Failure(`${op} is a verb of its own: switchyard ${op} --on HOST`, { exit: EXIT.usage });
    const { flags } = context;
    const hosts = await hostsMeant(context);
    refuseTypo(op, hosts);
    if (op === 'reboot' || flags.all) await confirmOrLeave(context, questionOf(op, hosts, flags.all === true));
    return await start(context, [requestOf(context, op, hosts)]);
  },
};

function requestOf(
  { flags: { force, queue, commit, allowOlder, guard, confirm, keep } }: Context,
  op: string,
  hosts: readonly Host[],
): DispatchRequest {
  const options = {
    ...(commit !== undefined && { commit }),
    ...(allowOlder && { allowOlder }),
    ...(guard !== undefined && { guard }),
    ...(confirm !== undefined && { confirmMs: confirm }),
    ...(keep !== undefined && { keep }),
  };
  return {
    op,
    hosts: hosts.map(({ id }) => id),
    ...(Object.keys(options).length > 0 && { options }),
    ...(force && { force }),
    ...(queue !== undefined && { queueMs: queue }),
  };
}

/** Only if no host knows the op either: the coordinator's own ops are its own affair. */
function refuseTypo(op: string, hosts: readonly Host[]): void {
  const known = new Set([...OPS.map(({ id }) => id), ...hosts.flatMap(({ ops }) => ops.map(({ id }) => id))]);
  if (known.has(op)) return;
  const meant = meantBy(op, known);
  const theirs = hosts.map(({ ops }) => ops.map(({ id }) => id));
  // Nobody knows yet what a host can do that has never connected.
  if (meant === null && theirs.some((ids) => ids.length === 0)) return;
  const words = meant === null ? knownOf('ops', theirs.flat()) : `; did you mean ${meant}?`;
  throw new Failure(`no host knows the op ${op}${words}`, { exit: EXIT.usage });
}

function questionOf(op: string, hosts: readonly Host[], isAll: boolean): string {
  const names = listed(hosts.map(({ name }) => name));
  const verb = op === 'reboot' ? 'Reboot' : `Run ${op} on`;
  return isAll ? `${verb} all ${hosts.length} hosts: ${names}?` : `${verb} ${names}?`;
}
