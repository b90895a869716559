import { resolve } from 'node:path';
import type { Clock } from '../../shared/clock.ts';
import {
  type Environment,
  type OptionTable,
  optionsHelp,
  type Program,
  parseText,
  readOptions,
} from '../../shared/options.ts';
import type { Log } from '../config/log.ts';
import { COORDINATOR_OPTIONS, parseStore } from '../config/options.ts';
import { readStoreUrl } from '../config/store-url.ts';
import { CommitUnknown } from '../store/write.ts';
import { migrate } from './migrate.ts';

const OPTIONS = {
  to: {
    description: 'The PostgreSQL to which the record goes; it must be empty. A file keeps the password out of argv',
    takes: 'a postgres:// URL, or the path of a file with one',
    parse: parseText,
  },
  dataDir: COORDINATOR_OPTIONS.dataDir,
} as const satisfies OptionTable;

const PROGRAM = {
  name: 'switchyard-coordinator migrate',
  summary: 'Copies the record of a stopped coordinator from SQLite in DATA_DIR to PostgreSQL, and compares both.',
  options: OPTIONS,
} satisfies Program<typeof OPTIONS>;

export type MigrateCommandDeps = {
  clock: Clock;
  log: Log;
  out: (text: string) => void;
  err: (text: string) => void;
};

/** `switchyard-coordinator migrate …`; resolves to the exit status: 1 if it failed, 2 for wrong options. */
export async function migrateCommand(
  argv: readonly string[],
  env: Environment,
  { clock, log, out, err }: MigrateCommandDeps,
): Promise<number> {
  const refuse = (fault: string, status: number): number => {
    err(`${PROGRAM.name}: ${fault}\n`);
    return status;
  };
  const reading = readOptions(PROGRAM, argv, env);
  if (reading.kind === 'fault') return refuse(reading.fault, 2);
  if (reading.kind !== 'values') {
    out(optionsHelp(PROGRAM));
    return 0;
  }
  const { to, dataDir } = reading.values;
  const store = parseStore(to) ?? null;
  const found = readStoreUrl({ store, storeFile: store === null ? resolve(to) : null });
  if (found.kind === 'fault') return refuse(found.fault, 2);
  try {
    await migrate({ clock, log, dataDir, url: found.url ?? '', say: (line) => out(`${line}\n`) });
    out(`Done. Start every coordinator with SWITCHYARD_STORE; ${dataDir} is unchanged and no longer read.\n`);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return refuse(error instanceof CommitUnknown ? message : `${message}; nothing was copied; run it again`, 1);
  }
}
