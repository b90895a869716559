import { resolve } from 'node:path';
import {
  type Environment,
  type OptionTable,
  type OptionValues,
  optionLabel,
  optionsHelp,
  type Program,
  parseText,
  readOptions,
} from '../../shared/settings/options.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { version } from '../../shared/version.ts';
import type { Log } from '../config/log.ts';
import { COORDINATOR_OPTIONS } from '../config/options.ts';
import { readStoreUrl, readUrlOrFile } from '../config/store-url.ts';
import { awayWords } from '../store/postgres/away-words.ts';
import { CommitUnknown } from '../store/write.ts';
import { backUpFolder, backUpPostgres } from './backup.ts';
import { type Copied, openBackup } from './backup-file.ts';
import { migrate } from './migrate.ts';
import { createProgress, type Progress } from './progress.ts';
import { restoreFolder, restorePostgres } from './restore.ts';

const { dataDir, store, storeFile } = COORDINATOR_OPTIONS;
const STORE = { dataDir, store, storeFile } as const satisfies OptionTable;

const TO = {
  to: {
    description: 'The PostgreSQL to which the record goes; it must be empty. A file keeps the password out of argv',
    takes: 'a postgres:// URL, or the path of a file with one',
    parse: parseText,
  },
  dataDir,
} as const satisfies OptionTable;

const JSON_SWITCH = { json: 'Print what was copied as one JSON object' };

const MIGRATE = {
  name: 'switchyard-coordinator migrate',
  summary: 'Copies the record of a stopped coordinator from SQLite in DATA_DIR to PostgreSQL, and compares both.',
  options: TO,
  switches: JSON_SWITCH,
} satisfies Program<typeof TO>;

const BACKUP = {
  name: 'switchyard-coordinator backup',
  summary:
    'Copies the whole record, output too, from SQLite in DATA_DIR or from PostgreSQL to a file, even while the coordinator runs.',
  operand: { name: 'FILE', description: 'The file to make; either database can be restored from it' },
  options: STORE,
  switches: { replace: 'Replace FILE if it is a backup already', ...JSON_SWITCH },
} satisfies Program<typeof STORE>;

const RESTORE = {
  name: 'switchyard-coordinator restore',
  summary: 'Copies a backup to SQLite in an empty DATA_DIR, or to an empty PostgreSQL, and compares both.',
  operand: { name: 'FILE', description: 'The file that backup made' },
  options: STORE,
  switches: JSON_SWITCH,
} satisfies Program<typeof STORE>;

type MoveDeps = {
  clock: Clock;
  log: Log;
  out: (text: string) => void;
  err: (text: string) => void;
};

/** Runs one command with its arguments and resolves to the exit status: 1 if it failed, 2 for wrong options. */
export type MoveCommand = (argv: readonly string[], env: Environment, deps: MoveDeps) => Promise<number>;

type Reading<Table extends OptionTable> = { values: OptionValues<Table>; given: ReadonlySet<string>; operand: string };
type Work = (progress: Progress) => Promise<Copied>;
/** A command's work and its last line: `done`, or `undone` after an error. `url`: of the database; null for SQLite. */
type Plan = { work: Work; url: string | null; done: string; undone: string };
type Planned = Plan | { fault: string };

const command =
  <Table extends OptionTable>(
    program: Program<Table>,
    plan: (reading: Reading<Table>, deps: MoveDeps) => Planned,
  ): MoveCommand =>
  async (argv, env, deps) => {
    const { clock, out, err } = deps;
    const refuse = (fault: string, status: number): number => {
      err(`${program.name}: ${fault}\n`);
      return status;
    };
    const reading = readOptions(program, argv, env);
    if (reading.kind === 'fault') return refuse(reading.fault, 2);
    if (reading.kind !== 'values') {
      out(reading.kind === 'help' ? optionsHelp(program) : `${program.name} ${version}\n`);
      return 0;
    }
    const planned = plan(reading, deps);
    if ('fault' in planned) return refuse(planned.fault, 2);
    const isJson = reading.given.has('json');
    const progress = createProgress(clock, {
      say: (line) => (isJson ? err : out)(`${line}\n`),
      tick: (line) => err(`${line}\n`),
    });
    try {
      const copied = await planned.work(progress);
      out(isJson ? `${JSON.stringify(copied)}\n` : `${planned.done}\n`);
      return 0;
    } catch (error) {
      const message =
        planned.url !== null ? awayWords(error, planned.url) : error instanceof Error ? error.message : String(error);
      return refuse(error instanceof CommitUnknown ? message : `${message}; ${planned.undone}`, 1);
    }
  };

export const migrateCommand = command(MIGRATE, ({ values: { to, dataDir } }, { clock, log }) => {
  const found = readUrlOrFile(to, optionLabel('to', TO.to), TO.to.takes);
  if (found.kind === 'fault') return found;
  return {
    url: found.url,
    work: (progress) => migrate({ clock, log, dataDir, url: found.url ?? '', progress }),
    done: `Done. Start every coordinator with SWITCHYARD_STORE; ${dataDir} is unchanged and no longer read.`,
    undone: 'nothing was copied',
  };
});

export const backupCommand = command(BACKUP, ({ values, given, operand }, { clock, log }) => {
  const found = readStoreUrl(values);
  if (found.kind === 'fault') return found;
  const file = resolve(operand);
  const base = { clock, log, file, replace: given.has('replace') };
  const { url } = found;
  return {
    url,
    work: (progress) =>
      url === null
        ? backUpFolder({ ...base, progress, dataDir: values.dataDir })
        : backUpPostgres({ ...base, progress, url }),
    done: `Done: ${file}`,
    undone: 'no backup was made',
  };
});

export const restoreCommand = command(RESTORE, ({ values, operand }, { clock, log }) => {
  const found = readStoreUrl(values);
  if (found.kind === 'fault') return found;
  const { url } = found;
  return {
    url,
    async work(progress) {
      const backup = openBackup(resolve(operand), progress);
      try {
        const { info } = backup;
        progress.say(`a backup of ${new Date(info.madeAt).toISOString()}, made by version ${info.version}`);
        const base = { clock, log, backup, progress };
        return await (url === null
          ? restoreFolder({ ...base, dataDir: values.dataDir })
          : restorePostgres({ ...base, url }));
      } finally {
        backup.close();
      }
    },
    done: 'Done. Start the coordinator. The admin token is not in a backup: put its file back too.',
    undone: 'nothing was copied',
  };
});
