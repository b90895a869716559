import type { ListPage, Problem } from '../../../shared/api/resources.ts';
import { isUuid } from '../../../shared/ids.ts';
import { commandLook } from '../../../shared/looks/looks.ts';
import { asksPerson, type Command } from '../../../shared/model/command.ts';
import type { Host } from '../../../shared/model/host.ts';
import type { TimeoutAnswer } from '../../../shared/model/timeout-answer.ts';
import { confirmOrLeave } from '../client/confirm.ts';
import type { Context } from '../client/context.ts';
import { allHosts, findHost } from '../client/targets.ts';
import { parseDuration } from '../grammar/durations.ts';
import { EXIT, type ExitStatus } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { describe } from '../show/describe.ts';
import { listed } from '../terminal/text.ts';
import { answeredFirst } from '../watch/answered-first.ts';
import type { Verb } from './verb.ts';

const DEFAULT_WAIT = '5m';

export const answerVerb: Verb = {
  name: 'answer',
  summary: 'Answer a command that takes too long: wait, kill, or stop tracking it',
  takes: 'COMMAND|HOST,… wait [DURATION] | kill | ignore',
  words: { least: 2, most: 3 },
  flags: {
    signal: 'The first signal of a kill',
    force: 'Kill even in the middle of an activation, which leaves half a system',
    yes: true,
    json: true,
    utc: true,
  },
  examples: ['switchyard answer web2 wait 10m', 'switchyard answer web1,web2,web3 wait', 'switchyard answer web2 kill'],
  async run(context, [words = '', action = '', more]) {
    const wanted = actionOf(context, action, more);
    const hosts = await allHosts(context);
    const aims: Aim[] = [];
    for (const word of words.split(',').filter(Boolean)) aims.push(await aimAt(context, hosts, word));
    if (wanted.action === 'kill')
      await confirmOrLeave(context, `Kill ${listed(aims.map(({ command, host }) => nameOf(command, host)))}?`);
    let exit: ExitStatus = EXIT.success;
    for (const aim of aims) {
      const refused = await answer(context, aim, wanted);
      if (refused && aims.length === 1) throw refused;
      if (!refused) continue;
      context.terminal.err.line(`${aim.host}: ${refused.message}`);
      exit = refused.exit;
    }
    return exit;
  },
};

type Aim = { command: Command; host: string };

const nameOf = ({ op, pid }: Command, host: string): string => `${op} on ${host}${pid === null ? '' : ` (pid ${pid})`}`;

/** The command that a word names: by its id, or the one that asks on a host. */
async function aimAt(context: Context, hosts: readonly Host[], word: string): Promise<Aim> {
  const id = isUuid(word) ? word : await askingCommand(context, findHost(hosts, word));
  const { body: command } = await context.client.json<Command>(`/api/commands/${id}`);
  return { command, host: hosts.find((one) => one.id === command.hostId)?.name ?? command.hostId };
}

/** Null if it was accepted. */
async function answer(
  context: Context,
  { command: { id }, host }: Aim,
  wanted: TimeoutAnswer,
): Promise<Failure | null> {
  const { times, flags, client, terminal } = context;
  const { status, body } = await client.json<Command | Problem>(`/api/commands/${id}/timeout-action`, {
    method: 'POST',
    body: wanted,
    accepts: [409],
  });
  if (!('rev' in body) || status === 409) return await refusal(context, id, body);
  const detail = describe(body, { now: client.now(), times, host });
  const { paint } = terminal.out;
  const look = commandLook(body);
  const later = wanted.action === 'ignore' ? `; to end it: switchyard kill ${id}` : '';
  const said = `${paint.tone(look.tone, body.status)} ${detail}${later}`;
  if (flags.json) terminal.out.json(body);
  else terminal.out.line(`${paint.shape(look)} ${host} ${body.op} ${said}`);
  return null;
}

/** Somebody may have been faster; say who, and with which answer. */
async function refusal({ client }: Context, id: string, problem: Problem | Command): Promise<Failure> {
  const { code, detail } = problem as Problem;
  const first = code === 'not_timed_out' ? await answeredFirst(client, id) : null;
  return new Failure(`${code}: ${first ?? detail}`, { exit: EXIT.badEnd });
}

function actionOf({ flags: { signal, force } }: Context, action: string, more: string | undefined): TimeoutAnswer {
  if (action === 'wait') {
    // A bare number is minutes, as in the API.
    const ms = parseDuration(/^\d+$/.test(more ?? '') ? `${more}m` : (more ?? DEFAULT_WAIT));
    if (!ms) throw new Failure(`wait takes a duration such as 5m, not ${JSON.stringify(more)}`, { exit: EXIT.usage });
    return { action, minutes: Math.max(1, Math.ceil(ms / 60_000)) };
  }
  if (more !== undefined)
    throw new Failure(`${action} takes nothing more, not ${JSON.stringify(more)}`, { exit: EXIT.usage });
  if (action === 'kill') return { action, ...(signal && { signal }), ...(force && { force }) };
  if (action === 'ignore' || action === 'stop') return { action: 'ignore' };
  throw new Failure(`the answer is wait, kill or ignore, not ${JSON.stringify(action)}`, { exit: EXIT.usage });
}

/** The host's command that asks; else the one that would ask: the API says why it can't be answered. */
async function askingCommand({ client }: Context, host: { id: string; name: string; activeCommandId: string | null }) {
  const { body } = await client.json<ListPage<Command>>(`/api/commands?host=${host.id}&active=true&limit=100`);
  const asks = body.items.find(asksPerson);
  const id = asks?.id ?? host.activeCommandId;
  if (!id) throw new Failure(`not_timed_out: nothing on ${host.name} waits for an answer`, { exit: EXIT.badEnd });
  return id;
}
