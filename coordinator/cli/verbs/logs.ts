import { sleep } from '../../../shared/clock.ts';
import { isActive } from '../../../shared/command.ts';
import type { Context } from '../client/context.ts';
import { commandMeant } from '../client/host-command.ts';
import { EXIT, type ExitStatus } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { createHarmless } from '../terminal/harmless.ts';
import type { Verb } from './verb.ts';

export const logsVerb: Verb = {
  name: 'logs',
  summary: 'Print what a command wrote: its bytes; on a terminal, what is harmless of them',
  takes: 'COMMAND|HOST',
  words: { least: 1, most: 1 },
  flags: {
    follow: 'Stay until the command ends; on a terminal so it does without',
    ...{ watch: 'The same as --follow', offset: true },
  },
  examples: ['switchyard logs web1', 'switchyard logs web1 --follow', 'switchyard logs 0198a… > build.log'],
  async run(context, [word = '']) {
    const { flags, terminal } = context;
    const { command } = await commandMeant(context, word);
    const follows = flags.follow || flags.watch || (terminal.out.isTerminal && isActive(command.status));
    return await copy(context, command.id, { offset: flags.offset ?? 0, follows: follows === true });
  },
};

const PAUSE_MS = 1_000;
const GIVE_UP_MS = 10 * 60_000;

/** Goes on from the byte where it was when the connection breaks; only then is it tried again. */
async function copy(
  { client, clock, terminal: { out, err }, interrupted }: Context,
  id: string,
  { offset, follows }: { offset: number; follows: boolean },
): Promise<ExitStatus> {
  const harmless = out.isTerminal ? createHarmless({ hasColour: out.paint.tone('ok', '') !== '' }) : null;
  let at = offset;
  let lostAt: number | null = null;
  for (;;) {
    try {
      const query = `offset=${at}${follows ? '&follow=true' : ''}`;
      const response = await client.stream(`/api/commands/${id}/output?${query}`, interrupted);
      for await (const bytes of response.body ?? []) {
        lostAt = null;
        at += bytes.length;
        out.write(harmless ? harmless(bytes) : bytes);
        await out.drained();
      }
      return EXIT.success;
    } catch (error) {
      if (interrupted.aborted) return EXIT.detached;
      // A stream that breaks off is an error of fetch's own; what the API refuses is not tried again.
      const isLost = !(error instanceof Failure) || (error.exit === EXIT.unreachable && lostAt !== null);
      lostAt ??= clock.monotonic();
      if (!isLost || !follows || clock.monotonic() - lostAt > GIVE_UP_MS) {
        if (error instanceof Failure) throw error;
        throw new Failure(`the output broke off at byte ${at}`, { exit: EXIT.unreachable, cause: error });
      }
      err.write(err.paint.faint('the connection broke; trying again\n'));
      await sleep(clock, PAUSE_MS, interrupted).catch(() => {});
    }
  }
}
