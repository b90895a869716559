import { isUuid } from '../../../shared/ids.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { DispatchRequest } from '../../../shared/model/dispatch.ts';
import type { Host } from '../../../shared/model/host.ts';
import { confirmOrLeave } from '../client/confirm.ts';
import type { Context } from '../client/context.ts';
import { allHosts, findHost, hostsMeant, namesHosts } from '../client/targets.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { listed } from '../terminal/text.ts';
import { start } from '../watch/start.ts';
import type { Verb } from './verb.ts';

/** A host and the command that is meant; null if the host itself decides, or there is none. */
type Aim = { host: Pick<Host, 'id' | 'name'>; command: Command | null };

type CommandOf = (id: string) => Promise<Command>;
type AimAt = (host: Host, commandOf: CommandOf) => Promise<Aim>;

export const killVerb: Verb = {
  name: 'kill',
  summary: 'End a running command and every process of it',
  takes: '[HOST,…|COMMAND…]',
  words: { least: 0, most: 100 },
  flags: {
    on: 'What these hosts run',
    tag: 'What hosts with one of these tags run',
    all: 'What any host runs',
    where: 'What hosts that fit run',
    signal: true,
    grace: true,
    force: 'Even in the middle of an activation, which leaves half a system',
    watch: 'Watch until it is done; the default',
    detach: true,
    waitTimeout: true,
    yes: true,
    json: true,
    utc: true,
  },
  examples: ['switchyard kill web2', 'switchyard kill web1,web5', 'switchyard kill --tag web --signal SIGKILL --yes'],
  async run(context, words) {
    const { signal, grace, force } = context.flags;
    const aims = await aimsOf(context, words, whatRuns);
    const targets = aims.flatMap(({ host, command }) => (command ? [nameOf(host.name, command)] : []));
    if (targets.length > 0) await confirmOrLeave(context, `Kill ${listed(targets)}?`);
    const options = {
      ...(signal && { signal }),
      ...(grace !== undefined && { graceMs: grace }),
      ...(force && { force }),
    };
    return await start(
      context,
      aims.map((aim) => orderOf('kill', aim, { ...options, commandId: NO_COMMAND })),
    );
  },
};

export const cancelVerb: Verb = {
  name: 'cancel',
  summary: 'Stop tracking a command; one that has not started never will',
  takes: '[HOST,…|COMMAND…]',
  words: { least: 0, most: 100 },
  flags: {
    on: 'Active and queued commands of these hosts',
    tag: true,
    where: true,
    all: true,
    watch: 'Watch until it is done; the default',
    detach: true,
    waitTimeout: true,
    yes: true,
    json: true,
    utc: true,
  },
  examples: ['switchyard cancel laptop'],
  async run(context, words) {
    const aims = await aimsOf(context, words, whatItHas);
    if (context.flags.all)
      await confirmOrLeave(
        context,
        `Cancel the active commands of all ${aims.length} hosts: ${listed(aims.map(({ host }) => host.name))}?`,
      );
    return await start(
      context,
      aims.map((aim) => orderOf('cancel', aim, {})),
    );
  },
};

/** For a host that ran nothing when a person was asked: that person did not agree to whatever began since. */
const NO_COMMAND = '00000000-0000-0000-0000-000000000000';

const nameOf = (host: string, { op, pid }: Command): string => `${op} on ${host}${pid === null ? '' : ` (pid ${pid})`}`;

/** The command that a person was asked about, whatever the host runs by then; also an untracked one whose process goes on. */
const whatRuns: AimAt = async (host, commandOf) => {
  const id = host.activeCommandId ?? host.report?.running?.id;
  return { host, command: id === undefined ? null : await commandOf(id) };
};

/** The host's own choice. */
const whatItHas: AimAt = async (host) => ({ host, command: null });

/** For hosts named by flags, or for words that each name a host or a command. */
async function aimsOf(context: Context, typed: readonly string[], aimAt: AimAt): Promise<Aim[]> {
  const words = [...new Set(typed.flatMap((word) => word.split(',')))].filter(Boolean);
  const commandOf: CommandOf = async (id) =>
    (await context.client.json<Command>(`/api/commands/${encodeURIComponent(id)}`)).body;
  const { all } = context.flags;
  if (words.length === 0) return await Promise.all((await hostsMeant(context)).map((host) => aimAt(host, commandOf)));
  if (namesHosts(context) || all)
    throw new Failure('takes either words or --on, --tag, --where and --all, not both', { exit: EXIT.usage });
  const hosts = await allHosts(context);
  return await Promise.all(
    words.map(async (word): Promise<Aim> => {
      if (!isUuid(word) || hosts.some(({ id }) => id === word)) return await aimAt(findHost(hosts, word), commandOf);
      const command = await commandOf(word);
      const { hostId } = command;
      return { host: hosts.find(({ id }) => id === hostId) ?? { id: hostId, name: hostId }, command };
    }),
  );
}

const orderOf = (op: 'kill' | 'cancel', { host, command }: Aim, options: Record<string, unknown>): DispatchRequest => ({
  op,
  hosts: [host.id],
  options: { ...options, ...(command && { commandId: command.id }) },
});
