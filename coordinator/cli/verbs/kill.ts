import type { Command } from '../../../shared/command.ts';
import type { DispatchRequest } from '../../../shared/dispatch.ts';
import type { Host } from '../../../shared/host.ts';
import { isUuid } from '../../../shared/ids.ts';
import { confirmOrLeave } from '../client/confirm.ts';
import type { Context } from '../client/context.ts';
import { allHosts, hostsMeant } from '../client/targets.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { listed } from '../terminal/text.ts';
import { start } from '../watch/start.ts';
import type { Verb } from './verb.ts';

/** A host, and its command that is meant; null where it is the host's own choice, or there is none. */
type Aim = { host: Pick<Host, 'id' | 'name'>; command: Command | null };

export const killVerb: Verb = {
  name: 'kill',
  summary: 'End a running command and every process of it',
  takes: '[COMMAND…]',
  words: { least: 0, most: 100 },
  flags: {
    ...{ on: 'What runs on these hosts', tag: 'What runs on hosts of these tags', all: 'What runs on any host' },
    ...{ signal: true, grace: true, force: 'Also in the middle of an activation, which leaves half a system' },
    ...{ watch: 'Watch until it is done; so it does without', detach: true, waitTimeout: true },
    ...{ yes: true, json: true, utc: true },
  },
  examples: ['switchyard kill --on web2', 'switchyard kill --on web2 --signal SIGKILL --yes'],
  async run(context, ids) {
    const { signal, grace, force } = context.flags;
    const aims = await aimsOf(context, ids);
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
  takes: '[COMMAND…]',
  words: { least: 0, most: 100 },
  flags: {
    ...{ on: 'What is active or queued on these hosts', tag: true, all: true },
    ...{ watch: 'Watch until it is done; so it does without', detach: true, waitTimeout: true },
    ...{ yes: true, json: true, utc: true },
  },
  examples: ['switchyard cancel --on laptop'],
  async run(context, ids) {
    const aims = ids.length > 0 ? await aimsOf(context, ids) : await hostAims(context);
    if (context.flags.all)
      await confirmOrLeave(
        context,
        `Cancel what is active on all ${aims.length} hosts: ${listed(aims.map(({ host }) => host.name))}?`,
      );
    return await start(
      context,
      aims.map((aim) => orderOf('cancel', aim, {})),
    );
  },
};

/** Of a host on which nothing ran when a person was asked: whatever began since then is not what was agreed to. */
const NO_COMMAND = '00000000-0000-0000-0000-000000000000';

const nameOf = (host: string, { op, pid }: Command): string => `${op} on ${host}${pid === null ? '' : ` (pid ${pid})`}`;

const hostAims = async (context: Context): Promise<Aim[]> =>
  (await hostsMeant(context)).map((host) => ({ host, command: null }));

/** Exactly what a person was asked about is aimed at, whatever the host runs by then. */
async function aimsOf(context: Context, ids: readonly string[]): Promise<Aim[]> {
  const commandOf = async (id: string) =>
    (await context.client.json<Command>(`/api/commands/${encodeURIComponent(id)}`)).body;
  if (ids.length === 0)
    return await Promise.all(
      (await hostsMeant(context)).map(async (host) => ({
        host,
        command: await runsOn(host, commandOf),
      })),
    );
  const { on, tag, all } = context.flags;
  if (on || tag || all) throw new Failure('takes either commands or hosts, not both', { exit: EXIT.usage });
  const stranger = ids.find((id) => !isUuid(id));
  if (stranger !== undefined)
    throw new Failure(`${stranger} is no id of a command; --on ${stranger} means what a host runs`, {
      exit: EXIT.usage,
    });
  const commands = await Promise.all(ids.map(commandOf));
  const hosts = new Map((await allHosts(context)).map((host) => [host.id, host]));
  return commands.map((command) => ({
    host: hosts.get(command.hostId) ?? { id: command.hostId, name: command.hostId },
    command,
  }));
}

/** Also what is no longer tracked while its process goes on. */
async function runsOn(host: Host, commandOf: (id: string) => Promise<Command>): Promise<Command | null> {
  const id = host.activeCommandId ?? host.report?.running?.id;
  return id === undefined ? null : await commandOf(id);
}

const orderOf = (op: 'kill' | 'cancel', { host, command }: Aim, options: Record<string, unknown>): DispatchRequest => ({
  op,
  hosts: [host.id],
  options: { ...options, ...(command && { commandId: command.id }) },
});
