import type { Problem } from '../../../shared/api/resources.ts';
import { isUuid } from '../../../shared/ids.ts';
import { commandLook } from '../../../shared/looks/looks.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { Host } from '../../../shared/model/host.ts';
import type { DecisionWord } from '../../../shared/ops/guard.ts';
import { confirmOrLeave } from '../client/confirm.ts';
import type { Context } from '../client/context.ts';
import { allHosts, findHost } from '../client/targets.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { describe } from '../show/describe.ts';
import type { Verb } from './verb.ts';

/** The decision on a guarded activation, before its host or the coordinator makes it. */
const deciding = (word: DecisionWord, summary: string, asks: boolean): Verb => ({
  name: word,
  summary,
  takes: 'COMMAND|HOST',
  words: { least: 1, most: 1 },
  flags: { ...(asks && { yes: true }), json: true, utc: true },
  examples: [`switchyard ${word} web2`],
  async run(context, [named = '']) {
    const { client, flags, terminal, times } = context;
    const { out } = terminal;
    const hosts = await allHosts(context);
    const id = isUuid(named) ? named : await guardedOn(context, findHost(hosts, named));
    const { body: command } = await client.json<Command>(`/api/commands/${id}`);
    const host = hosts.find((one) => one.id === command.hostId)?.name ?? command.hostId;
    if (asks) await confirmOrLeave(context, `Let ${host} go back to the system before ${command.op}?`);
    const { status, body } = await client.json<Command | Problem>(`/api/commands/${id}/${word}`, {
      method: 'POST',
      accepts: [409],
    });
    if (!('rev' in body) || status === 409) {
      const { code, detail } = body as Problem;
      throw new Failure(`${code}: ${detail}`, { exit: EXIT.badEnd });
    }
    if (flags.json) {
      out.json(body);
      return EXIT.success;
    }
    const look = commandLook(body);
    const said = describe(body, { now: client.now(), times, host });
    out.line(`${out.paint.shape(look)} ${host} ${body.op} ${out.paint.tone(look.tone, body.status)} ${said}`);
    return EXIT.success;
  },
});

export const keepVerb = deciding('keep', 'Keep what a guarded activation made active', false);
export const undoVerb = deciding('undo', 'Let a host go back from a guarded activation', true);

/** The command that the host reports as guarded; else its running one, for which the API says why there is nothing to decide. */
async function guardedOn({ client }: Context, { id, name }: { id: string; name: string }): Promise<string> {
  const { body: host } = await client.json<Host>(`/api/hosts/${id}`);
  const commandId = host.report?.guard?.commandId ?? host.activeCommandId;
  if (!commandId)
    throw new Failure(`not_guarded: nothing on ${name} waits to be kept or undone`, { exit: EXIT.badEnd });
  return commandId;
}
