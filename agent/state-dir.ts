import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '../shared/ids.ts';
import { systemCode, writeDurably } from './durable-file.ts';

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
  await mkdir(spoolDir, { recursive: true, mode: 0o700 });
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
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await access(dir, constants.W_OK);
      return dir;
    } catch {}
  }
  return null;
}

/** The file's text, or null where there is no such file; anything else that goes wrong is thrown. */
async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
