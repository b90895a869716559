import { setImmediate } from 'node:timers';
import { isOpenToOthers } from '../shared/files/open-to-others.ts';
import { unverifiedWarning } from '../shared/network/in-the-clear.ts';
import { setUpNetwork } from '../shared/network/set-up.ts';
import { createLogSink } from '../shared/programs/log-sink.ts';
import { optionLabel, optionsHelp } from '../shared/settings/options.ts';
import { systemClock } from '../shared/time/clock.ts';
import { commit, version } from '../shared/version.ts';
import { type App, buildApp } from './app.ts';
import { readAdminToken } from './auth/admin-token.ts';
import { type Config, readConfig } from './config/config.ts';
import { createLog, LOG_NAME } from './config/log.ts';
import { COORDINATOR_OPTIONS, COORDINATOR_PROGRAM } from './config/options.ts';
import { readStoreUrl, speaksTls } from './config/store-url.ts';
import { unknownOps } from './config/unknown-ops.ts';
import { leadAlone, openAlone } from './lead/alone.ts';
import { readHolder } from './lead/holder.ts';
import { leadInTurn } from './lead/lead.ts';
import { isListenFault, type Leading, type Parts } from './lead/leading.ts';
import { backupCommand, type MoveCommand, migrateCommand, restoreCommand } from './move/command.ts';
import { secretFault } from './notify/deliver.ts';

const ALL_ADDRESSES: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
/** Status of a start that was refused: wrong options, or a folder that cannot be used. */
const REFUSED = 2;
/** How long a stop may take; the next start finishes the rest. */
const STOP_MS = 4_000;

function main(): void {
  const [, , first = '', ...rest] = process.argv;
  const move = MOVES.get(first);
  if (move) return void runMove(move, rest);
  const reading = readConfig(process.argv.slice(2), process.env);
  switch (reading.kind) {
    case 'help':
      process.stdout.write(optionsHelp(COORDINATOR_PROGRAM));
      return;
    case 'version':
      process.stdout.write(`${COORDINATOR_PROGRAM.name} ${version} (${commit ?? 'unknown'})\n`);
      return;
    case 'fault':
      refuse(reading.fault);
      return;
    case 'config':
      if (!reading.check) return void run(reading.config);
      for (const line of unknownOps(reading.config, null)) process.stdout.write(`configuration: warning: ${line}\n`);
      process.stdout.write('configuration: ok\n');
  }
}

/** Commands that copy the record instead of running a coordinator. */
const MOVES: ReadonlyMap<string, MoveCommand> = new Map([
  ['migrate', migrateCommand],
  ['backup', backupCommand],
  ['restore', restoreCommand],
]);

async function runMove(move: MoveCommand, argv: readonly string[]): Promise<void> {
  process.umask(0o077);
  setUpNetwork({ trustsMachine: true });
  process.exitCode = await move(argv, process.env, {
    clock: systemClock,
    log: createLog('warn', createLogSink({ fd: 2, clock: systemClock, name: LOG_NAME })),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
}

const PRIVILEGED_PORT =
  'a port below 1024 takes CAP_NET_BIND_SERVICE, which the unit has to give it (see docs/install.md)';

async function run(config: Config): Promise<void> {
  const log = createLog(config.logLevel, createLogSink({ fd: 1, clock: systemClock, name: LOG_NAME }));
  // A closed stderr must not end the coordinator.
  process.stderr.on('error', () => {});
  const fail = (err: unknown): void => {
    log.fatal({ err }, 'the coordinator fails');
    process.exit(1);
  };
  process.on('uncaughtException', fail);

  for (const receiver of config.notify) {
    const fault = await secretFault(receiver);
    if (fault !== null) {
      refuse(`${optionLabel('config', COORDINATOR_OPTIONS.config)}: ${fault}`);
      return;
    }
  }
  const unverified = unverifiedWarning(process.env);
  if (unverified !== null) log.warn(unverified);
  const database = readStoreUrl(config);
  if (database.kind === 'fault') return refuse(database.fault);
  setUpNetwork({
    trustsMachine:
      config.notify.length > 0 ||
      (config.target?.kind === 'version' && config.target.url.startsWith('https:')) ||
      (database.url !== null && speaksTls(database.url)),
  });
  // Files that it or its git creates are for its own user.
  process.umask(0o077);
  let alone: Parts | null = null;
  try {
    if (database.url === null) alone = openAlone({ dataDir: config.dataDir, log });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const admin = await readAdminToken(config);
  if (admin.kind === 'fault') {
    await alone?.store.close();
    return refuse(admin.fault);
  }
  if (admin.writtenTo !== null)
    log.info(
      { path: admin.writtenTo },
      `a new admin token was written. Keep it for emergencies and act by a token of your own: SWITCHYARD_API_TOKEN=$(cat ${admin.writtenTo}) switchyard token create YOUR-NAME --role admin`,
    );
  if (admin.writtenTo !== null && database.url !== null)
    log.warn('every coordinator of one database needs the same admin token: give them all SWITCHYARD_ADMIN_TOKEN_FILE');

  const { listen, advertise } = config;
  if (database.url !== null && advertise === null && ALL_ADDRESSES.has(listen.host))
    log.warn(
      'this coordinator listens on all addresses, so the others cannot tell where to reach it: set SWITCHYARD_ADVERTISE to its URL',
    );

  const build = async (parts: Parts): Promise<App> => {
    const base = { clock: systemClock, log, config, adminToken: admin.token, defer: setImmediate };
    const app = await buildApp({ ...base, ...parts });
    const tell = (): void => {
      for (const line of unknownOps(config, app.ops())) log.warn(line);
      const where = database.url === null ? { path: config.dataDir } : {};
      if (parts.store.isNew) log.info(where, 'a new database was made: there are no hosts yet');
    };
    // A start that is refused says nothing else.
    lead.listening.then(tell, () => {});
    return app;
  };
  const lead: Leading = alone
    ? leadAlone({ parts: alone, listen, build })
    : leadInTurn({
        clock: systemClock,
        log,
        url: database.url ?? '',
        listen,
        advertise,
        holder: await readHolder(config.dataDir),
        build,
        onFailed: fail,
      });
  const stop = async (): Promise<void> => {
    setTimeout(() => process.exit(0), STOP_MS).unref();
    await lead.close();
    process.exit(0);
  };
  let address: string;
  try {
    address = await lead.listening;
  } catch (error) {
    if (!isListenFault(error)) throw error;
    const { host, port } = listen;
    const code = codeOf(error);
    const advice = code === 'EACCES' && port < 1024 ? `: ${PRIVILEGED_PORT}` : '';
    const label = optionLabel('listen', COORDINATOR_OPTIONS.listen);
    refuse(`${label}: ${host}:${port} cannot be listened on (${code})${advice}`);
    await lead.close();
    return;
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  log.info({ address, version }, 'listening');
  if (admin.path !== null && isOpenToOthers(admin.path))
    log.warn({ path: admin.path }, `other users can read the admin token: chmod o-r ${admin.path}, then replace it`);
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : error);

function refuse(fault: string): void {
  process.stderr.write(`${COORDINATOR_PROGRAM.name}: ${fault}\n`);
  process.exitCode = REFUSED;
}

main();
