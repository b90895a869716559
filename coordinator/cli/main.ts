import { setUpNetwork } from '../../shared/network/set-up.ts';
import { systemClock } from '../../shared/time/clock.ts';
import { commit, version } from '../../shared/version.ts';
import { createClient } from './client/client.ts';
import { type Config, contextsPath, readConfig } from './client/config.ts';
import { readCommandLine } from './command-line.ts';
import { EXIT, type ExitStatus } from './grammar/exit-status.ts';
import { Failure } from './grammar/failure.ts';
import { helpOf, overview } from './grammar/help.ts';
import { createKeyboard } from './terminal/keyboard.ts';
import { createSink, type Sink } from './terminal/sink.ts';
import type { Terminal } from './terminal/terminal.ts';
import { createTimes } from './terminal/times.ts';
import { VERBS } from './verbs.ts';

const NAME = 'switchyard';
/** For verbs that ask no coordinator. */
const NOWHERE = {
  server: new URL('http://localhost'),
  others: [],
  serverFrom: '',
  token: '',
  isTokenGiven: false,
  context: null,
  warnings: [],
};

const sinkOf = (stream: NodeJS.WriteStream): Sink =>
  createSink(stream, { isDumb: process.env.TERM === 'dumb', hasColour: !process.env.NO_COLOR });
const ERR = sinkOf(process.stderr);
const TERMINAL: Terminal = {
  out: sinkOf(process.stdout),
  err: ERR,
  columns: () => process.stderr.columns || process.stdout.columns || 80,
  rows: () => process.stderr.rows || process.stdout.rows || 24,
};

/** Resolves to the exit status. */
async function main(argv: readonly string[]): Promise<ExitStatus> {
  const typed = readCommandLine(VERBS, argv);
  switch (typed.kind) {
    case 'version':
      process.stdout.write(`${NAME} ${version} (${commit ?? 'unknown'})\n`);
      return EXIT.success;
    case 'help':
      process.stdout.write(typed.verb ? helpOf(typed.verb) : overview(VERBS, typed.group));
      return argv.length === 0 ? EXIT.usage : EXIT.success;
    case 'fault':
      return fail(new Failure(typed.fault, { exit: EXIT.usage }));
    case 'verb':
      break;
  }
  const { verb, words, flags } = typed;
  const interruption = new AbortController();
  const onInterrupt = () => {
    // A second Ctrl-C means: out at once.
    if (interruption.signal.aborted) process.exit(EXIT.detached);
    interruption.abort();
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  const canAsk = process.stdin.isTTY === true && process.stderr.isTTY === true;
  try {
    const config: Config = verb.isLocal
      ? { ...NOWHERE, contextsPath: contextsPath(process.env) }
      : readConfig(process.env, { needsToken: verb.needsNoToken !== true });
    let isTold = false;
    config.onNobody = (reason) => {
      if (!isTold) ERR.line(`${NAME}: ${reason}; trying again`);
      isTold = true;
    };
    for (const warning of config.warnings) ERR.line(`${NAME}: warning: ${warning}`);
    setUpNetwork({ trustsMachine: [config.server, ...config.others].some(({ protocol }) => protocol === 'https:') });
    return await verb.run(
      {
        clock: systemClock,
        config,
        flags,
        verbs: VERBS,
        terminal: TERMINAL,
        stdin: process.stdin,
        keyboard: canAsk ? createKeyboard({ stdin: process.stdin, onInterrupt }) : null,
        client: createClient(config, systemClock, interruption.signal),
        times: createTimes({ utc: flags.utc === true }),
        interrupted: interruption.signal,
      },
      words,
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return fail(new Failure(`${verb.name}: ${error.message}`, { exit: error.exit }));
  }
}

function fail({ exit, message }: Failure): ExitStatus {
  for (const line of `${NAME} ${message}`.split('\n')) ERR.line(line);
  return exit;
}

for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.brokenPipe);
  });

process.exitCode = await main(process.argv.slice(2));
