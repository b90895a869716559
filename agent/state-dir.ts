import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newId } from '../shared/ids.ts';
import { readText, systemCode, writeDurably } from './durable-file.ts';

/** The folder in which an agent keeps all that must outlive it. */
export type StateDir = {
  /** Made once with the folder: another one means that what was here is gone. */
  stateId: string;
  /** Tells this folder's processes and units from those of other agents on the machine. */
  tag: string;
  spoolDir: string;
  tombstoneDir: string;
  /** On another file system, for a second witness of each exit; null where there is none to write to. */
  witnessDir: string | null;
  /** The last slot-taking command that has ended on this host: `afterCommand` of the next report. */
  lastEnded(): string | null;
  /** Rejects where the disk is full; `lastEnded` is right until the agent leaves even so. */
  setLastEnded(id: string): Promise<void>;
};

export type StateDirOpening = { kind: 'opened'; state: StateDir } | { kind: 'fault'; fault: string };

/** Opens or makes the folder. `runtimeDirs`: candidates for the second witness (`/run`, XDG_RUNTIME_DIR), the first writable one is taken. */
export async function openStateDir(deps: { path: string; runtimeDirs: readonly string[] }): Promise<StateDirOpening> {
  try {
    return { kind: 'opened', state: await open(deps.path, deps.runtimeDirs) };
  } catch (error) {
    return { kind: 'fault', fault: `the state folder ${deps.path} cannot be written (${systemCode(error) ?? error})` };
  }
}

async function open(given: string, runtimeDirs: readonly string[]): Promise<StateDir> {
  const spoolDir = join(given, 'spool');
  await makeFolder(spoolDir);
  await access(spoolDir, constants.W_OK);
  const path = await realpath(given);
  const stateId = await keptOrNew(join(path, 'state-id'));
  const tag = createHash('sha256').update(path).digest('hex').slice(0, 16);
  const lastEndedFile = join(path, 'last-ended');
  let lastEnded = await readText(lastEndedFile);
  return {
    stateId,
    tag,
    spoolDir: join(path, 'spool'),
    tombstoneDir: join(path, 'tombstones'),
    witnessDir: await firstWritable(runtimeDirs.map((dir) => join(dir, `switchyard-${tag}`))),
    lastEnded: () => lastEnded,
    async setLastEnded(id) {
      lastEnded = id;
      await writeDurably(lastEndedFile, id);
    },
  };
}

/** As `mkdir -p`. Node's own tries for ever where a folder says of what is to be made in it that it does not exist, as /proc does. */
async function makeFolder(path: string): Promise<void> {
  const make = () => mkdir(path, { mode: 0o700 });
  try {
    await make();
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && path !== dirname(path)) {
      await makeFolder(dirname(path));
      await make();
    } else if (!(await isFolder(path))) throw error;
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function keptOrNew(file: string): Promise<string> {
  const kept = await readText(file);
  if (kept !== null) return kept;
  const made = newId();
  await writeDurably(file, made);
  return made;
}

async function firstWritable(dirs: readonly string[]): Promise<string | null> {
  for (const dir of dirs) {
    try {
      await makeFolder(dir);
      await access(dir, constants.W_OK);
      return dir;
    } catch {}
  }
  return null;
}
