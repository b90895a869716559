import type { ListPage } from '../../../shared/api/resources.ts';
import { isUuid } from '../../../shared/ids.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { Host } from '../../../shared/model/host.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import type { Context } from './context.ts';
import { allHosts, findHost } from './targets.ts';

/** The name of a command's host; for a removed host, its id. */
export type CommandHost = Pick<Host, 'name' | 'online' | 'lastSeenAt'>;

/** A command by its id or by its host: the host's current command, else its last one. */
export async function commandMeant(context: Context, word: string): Promise<{ command: Command; host: CommandHost }> {
  const { client } = context;
  const hosts = await allHosts(context);
  const byHost = (command: Command) => {
    const { hostId } = command;
    return {
      command,
      host: hosts.find(({ id }) => id === hostId) ?? { name: hostId, online: false, lastSeenAt: null },
    };
  };
  const get = async (id: string) => byHost((await client.json<Command>(`/api/commands/${id}`)).body);
  if (isUuid(word) && !hosts.some(({ id }) => id === word)) return await get(word);
  const host = findHost(hosts, word);
  if (host.activeCommandId !== null) return await get(host.activeCommandId);
  const { body } = await client.json<ListPage<Command>>(`/api/commands?host=${host.id}&limit=100`);
  const last = body.items.find(({ acceptedAt }) => acceptedAt !== null);
  if (last) return byHost(last);
  throw new Failure(`nothing has run on ${host.name} yet`, { exit: EXIT.badEnd });
}

export const nameOf = (hosts: readonly Pick<Host, 'id' | 'name'>[], id: string): string =>
  hosts.find((host) => host.id === id)?.name ?? id;
