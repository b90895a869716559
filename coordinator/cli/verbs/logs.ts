import { isActive } from '../../../shared/model/command.ts';
import { commandMeant } from '../client/host-command.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { type CopyUntil, copyOutput } from '../watch/copy-output.ts';
import { shortfall } from '../watch/shortfall.ts';
import type { Verb } from './verb.ts';

export const logsVerb: Verb = {
  name: 'logs',
  summary: 'Print all output of a command: exact bytes; on a terminal, only the harmless ones',
  takes: 'COMMAND|HOST',
  words: { least: 1, most: 1 },
  flags: {
    follow: 'Stay until the command ends; the default on a terminal',
    watch: 'The same as --follow',
    offset: true,
    noWait: 'Take what is here, without waiting for output that is still on its way',
  },
  examples: ['switchyard logs web1', 'switchyard logs web1 --follow', 'switchyard logs 0198a… > build.log'],
  async run(context, [word = '']) {
    const { flags, terminal } = context;
    const wantsEnd = flags.follow || flags.watch;
    if (flags.noWait && wantsEnd)
      throw new Failure('--no-wait does not go with --follow: one waits for nothing, the other for the end', {
        exit: EXIT.usage,
      });
    const { command, host } = await commandMeant(context, word);
    const follows = wantsEnd || (terminal.out.isTerminal && isActive(command.status));
    const until: CopyUntil = flags.noWait ? 'now' : follows ? 'ended' : 'whole';
    const holding = await copyOutput(context, { id: command.id, host, offset: flags.offset ?? 0, until });
    if (!holding) return EXIT.detached;
    if (holding.arrival === 'growing')
      terminal.err.line(`${host.name}: the command goes on; --follow stays until it ends`);
    const missing = shortfall(holding, host.name, !flags.noWait);
    if (missing === null) return EXIT.success;
    if (!flags.noWait) throw new Failure(missing, { exit: EXIT.unproved });
    terminal.err.line(missing);
    return EXIT.success;
  },
};
