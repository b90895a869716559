import type { CommandView, ListPage } from '../../../shared/api/resources.ts';
import { isUuid } from '../../../shared/ids.ts';
import { named } from '../../../shared/model/actor.ts';
import type { AttentionItem } from '../../../shared/model/attention.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { Host } from '../../../shared/model/host.ts';
import type { Context } from '../client/context.ts';
import { dispatchOf, type WholeDispatch } from '../client/dispatch-of.ts';
import { nameOf } from '../client/host-command.ts';
import { allHosts, findHost } from '../client/targets.ts';
import { EXIT, type ExitStatus, exitStatusOf } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { commandLines } from '../show/command.ts';
import { hostDetailLines } from '../show/host.ts';
import { widthOf } from '../terminal/text.ts';
import { rowText, summaryOf, type Watched } from '../watch/row.ts';
import { openWatch } from '../watch/watch.ts';
import type { Verb } from './verb.ts';

const HISTORY = 10;

export const showVerb: Verb = {
  name: 'show',
  summary: 'Show everything known of a command, a dispatch or a host',
  takes: 'COMMAND|DISPATCH|HOST',
  words: { least: 1, most: 1 },
  flags: { watch: 'Watch the command or dispatch until the verdict', waitTimeout: true, json: true, utc: true },
  examples: ['switchyard show web1', 'switchyard show 0198a…', 'switchyard show 3f6c… --watch'],
  async run(context, [word = '']) {
    const { flags, terminal } = context;
    if (flags.waitTimeout !== undefined && !flags.watch)
      throw new Failure('--wait-timeout goes with --watch', { exit: EXIT.usage });
    const hosts = await allHosts(context);
    const found =
      isUuid(word) && !hosts.some(({ id }) => id === word) ? await byId(context, word) : findHost(hosts, word);
    const print = (object: unknown, lines: () => string[]): ExitStatus => {
      if (flags.json) terminal.out.json(object);
      else for (const line of lines()) terminal.out.line(line);
      return EXIT.success;
    };
    if ('compartments' in found) {
      if (flags.watch)
        throw new Failure(`a host has no verdict: watch it by switchyard hosts --on ${word} --watch`, {
          exit: EXIT.usage,
        });
      if (flags.json) return print(found, () => []);
      const [commands, attention] = await Promise.all([
        lastCommands(context, found),
        context.client.json<AttentionItem[]>('/api/attention'),
      ]);
      return print(found, () => hostDetailLines(context, { host: found, commands, attention: attention.body }));
    }
    const commands = 'commands' in found ? found.commands : [found];
    if (flags.watch) return await watchAll(context, commands, hosts);
    if ('commands' in found) return print(found, () => dispatchLines(context, found, hosts));
    return print(found, () => commandLines(context, found, nameOf(hosts, found.hostId)));
  },
};

/** The last ones, and all active or queued ones however old; newest first. */
async function lastCommands({ client }: Context, { id }: Host): Promise<Command[]> {
  const items = async (query: string) =>
    (await client.json<ListPage<Command>>(`/api/commands?host=${id}&${query}`)).body.items;
  const [last, active] = await Promise.all([items(`limit=${HISTORY}`), items('active=true&limit=100')]);
  const ids = new Set(last.map((command) => command.id));
  return [...last, ...active.filter((command) => !ids.has(command.id))];
}

/** A command or a dispatch. */
async function byId({ client }: Context, id: string): Promise<CommandView | WholeDispatch> {
  const command = await client.json<CommandView>(`/api/commands/${id}`, { accepts: [404] });
  if (command.status !== 404) return command.body;
  const dispatch = await dispatchOf(client, id);
  if (dispatch) return dispatch;
  throw new Failure(`no command, dispatch or host has the id ${id}`, { exit: EXIT.usage });
}

async function watchAll(context: Context, commands: readonly Command[], hosts: readonly Host[]): Promise<ExitStatus> {
  const watch = await openWatch(context);
  try {
    return await watch.follow(
      commands.map(
        ({ id, dispatchId, hostId }): Watched => ({ id, dispatchId, host: nameOf(hosts, hostId), alternative: null }),
      ),
    );
  } finally {
    watch.close();
  }
}

const URGENCY: readonly ExitStatus[] = [EXIT.badEnd, EXIT.unproved, EXIT.nothingRan, EXIT.stillRunning, EXIT.success];

/** Its progress, failures first. */
function dispatchLines(
  context: Context,
  { op, requestedBy, requestedByName, createdAt, commands }: WholeDispatch,
  hosts: readonly Host[],
) {
  const { client, terminal, times } = context;
  const { paint } = terminal.out;
  const hostWidth = Math.max(...commands.map(({ hostId }) => widthOf(nameOf(hosts, hostId))));
  const urgency = (command: Command) => URGENCY.indexOf(exitStatusOf(command));
  const rows = [...commands].sort((one, other) => urgency(one) - urgency(other));
  return [
    `${paint.strong(op)} by ${named(requestedBy, requestedByName)} ${times.full(createdAt)}: ${summaryOf(commands)}`,
    ...rows.map((command) => {
      const watched = {
        id: command.id,
        dispatchId: command.dispatchId,
        host: nameOf(hosts, command.hostId),
        alternative: null,
      };
      return `${rowText({ ...watched, command }, { now: client.now(), times, paint, hostWidth })}  ${paint.faint(command.id)}`;
    }),
  ];
}
