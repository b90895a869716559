import { setFlagsFromString } from 'node:v8';
import { setUpNetwork } from '../shared/network/set-up.ts';
import { createLogSink } from '../shared/programs/log-sink.ts';
import { optionsHelp } from '../shared/settings/options.ts';
import { systemClock } from '../shared/time/clock.ts';
import { commit, version } from '../shared/version.ts';
import { AGENT_PROGRAM, type Config, type ConfigReading, readConfig } from './config/config.ts';
import { thisMachine } from './config/detect.ts';
import { createLog, LOG_NAME } from './config/log.ts';
import { thisHost } from './state/host-identity.ts';

// Code for only one way of starting is imported there: every step of an op starts this program.

/** Status of a refused start: wrong options, or a folder that cannot be written. */
const REFUSED = 2;

/** EX_TEMPFAIL of sysexits.h: another agent works on this STATE_DIR, perhaps not for long. */
const HELD = 75;

/**
 * An agent idles for days, so V8 should save memory, not time. It gives back the garbage of the start (10 MB), and never loads
 * the compiler for hot code (5 MB), which this program does not have. bench/idle-agent.ts has the figures.
 */
const LEAN = ['--optimize-for-size', '--no-opt'];

const release = `${version} (${commit ?? 'unknown'})`;

/** Resolves to the exit status. */
async function main(argv: readonly string[]): Promise<number> {
  // How a command's steps come back to this program; not an option, because nobody types it.
  if (argv[0] === 'step') return await step(argv.slice(1));
  const reading = readConfig(argv, process.env, thisMachine(process.env));
  switch (reading.kind) {
    case 'help':
      return print(optionsHelp(AGENT_PROGRAM).trimEnd());
    case 'version':
      return print(`${AGENT_PROGRAM.name} ${release}`);
    case 'fault':
      return reading.check ? await check(reading) : refuse(reading.fault);
    case 'config':
      return reading.check ? await check(reading) : await run(reading.config);
  }
}

const setUpFor = ({ coordinators }: Config): void =>
  setUpNetwork({ trustsMachine: coordinators.some(({ socketUrl }) => socketUrl.startsWith('wss:')) });

/** Resolves only if the start is refused; otherwise the process leaves with the daemon. */
async function run(config: Config): Promise<number> {
  for (const flag of LEAN) setFlagsFromString(flag);
  // A closed stderr must not end the agent.
  process.stderr.on('error', () => {});
  for (const warning of config.warnings) warn(warning);
  setUpFor(config);
  const { startDaemon } = await import('./daemon.ts');
  const start = await startDaemon({
    config,
    release,
    version,
    commit,
    entry: import.meta.filename,
    execPath: process.execPath,
    env: process.env,
    clock: systemClock,
    random: Math.random,
    identity: thisHost,
    machine: thisMachine(process.env),
    log: createLog(config.logLevel, createLogSink({ fd: 1, clock: systemClock, name: LOG_NAME })),
  });
  if (start.kind !== 'started') return refuse(start.fault, start.kind === 'held' ? HELD : REFUSED);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => start.daemon.leave());
  // Descriptors that a command still holds open are not a reason to stay.
  process.exit(await start.daemon.left);
}

/** An unreadable config is one of the things to check. */
async function check(reading: Exclude<ConfigReading, { kind: 'help' | 'version' }>): Promise<number> {
  const { checkHost, formatCheck } = await import('./check.ts');
  if (reading.kind === 'config') setUpFor(reading.config);
  const lines =
    reading.kind === 'fault'
      ? [{ ok: false, what: 'config', says: reading.fault }]
      : await checkHost({ config: reading.config, env: process.env, clock: systemClock });
  for (const line of lines) print(formatCheck(line));
  return lines.every(({ ok }) => ok) ? 0 : 1;
}

async function step(argv: readonly string[]): Promise<number> {
  const evidenceDir = process.env.SWITCHYARD_EVIDENCE_DIR;
  if (!evidenceDir) return refuse('SWITCHYARD_EVIDENCE_DIR is missing: only the agent starts steps');
  const { runStep } = await import('./platforms/step-table.ts');
  const { createRunChild } = await import('./platforms/step/child.ts');
  return await runStep(argv, { clock: systemClock, evidenceDir, run: createRunChild(systemClock), say: print });
}

function print(line: string): number {
  process.stdout.write(`${line}\n`);
  return 0;
}

function warn(warning: string): void {
  process.stderr.write(`${AGENT_PROGRAM.name}: warning: ${warning}\n`);
}

function refuse(fault: string, status = REFUSED): number {
  process.stderr.write(`${AGENT_PROGRAM.name}: ${fault}\n`);
  return status;
}

process.exitCode = await main(process.argv.slice(2));
