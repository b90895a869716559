import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { readText, systemCode, writeDurably } from '../../shared/files/durable-file.ts';
import { makeFolder } from '../../shared/files/make-folder.ts';
import { newId } from '../../shared/ids.ts';
import { lockStateDir, type StateLock } from './state-lock.ts';

/** The folder in which an agent keeps everything that must outlive it. */
export type StateDir = {
  /** Made once with the folder: a new one means that the old content is gone. */
  stateId: string;
  /** Made once with the folder. Proves to the coordinator that an agent has this folder. */
  stateSecret: string;
  /** Tells this folder's processes and units from those of other agents on the machine. */
  tag: string;
  spoolDir: string;
  tombstoneDir: string;
  /** On another file system, for a second witness of each exit; null if none is writable. */
  witnessDir: string | null;
  /** The last slot-taking command that has ended on this host: `afterCommand` of the next report. */
  lastEnded(): string | null;
  /** Rejects if the disk is full; even so `lastEnded` is right until the agent leaves. */
  setLastEnded(id: string): Promise<void>;
  /** Lets another agent open the folder. A leaving agent need not call it: its end does the same. */
  close(): void;
};

export type StateDirOpening =
  | { kind: 'opened'; state: StateDir }
  /** An agent works on it. */
  | { kind: 'held'; fault: string }
  | { kind: 'fault'; fault: string };

/**
 * Opens or makes the folder. `runtimeDirs`: candidates for the second witness (`/run`, XDG_RUNTIME_DIR); the first writable one
 * is used.
 */
export async function openStateDir(deps: { path: string; runtimeDirs: readonly string[] }): Promise<StateDirOpening> {
  try {
    const spoolDir = join(deps.path, 'spool');
    makeFolder(spoolDir);
    await access(spoolDir, constants.W_OK);
    const path = await realpath(deps.path);
    const locking = lockStateDir(path);
    if (locking.kind === 'locked') return { kind: 'opened', state: await open(path, locking.lock, deps.runtimeDirs) };
    const holder = locking.holder === null ? '' : ` with the pid ${locking.holder}`;
    const fault = `another agent${holder} works on ${deps.path}; stop that one, or give this one its own folder and token`;
    return { kind: 'held', fault };
  } catch (error) {
    return { kind: 'fault', fault: `the state folder ${deps.path} cannot be written (${reasonOf(error)})` };
  }
}

/** SQLite's own code says only that the error is SQLite's. */
const reasonOf = (error: unknown): unknown => {
  const code = systemCode(error);
  return code?.startsWith('ERR_') ? (error as Error).message : (code ?? error);
};

/** The tag of the folder at `path`, links resolved. */
export const stateTag = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 16);

/** `path` is real. */
async function open(path: string, lock: StateLock, runtimeDirs: readonly string[]): Promise<StateDir> {
  const stateId = await keptOrNew(join(path, 'state-id'), newId);
  const stateSecret = await keptOrNew(join(path, 'state-secret'), () => randomBytes(32).toString('base64url'));
  const tag = stateTag(path);
  const lastEndedFile = join(path, 'last-ended');
  let lastEnded = await readText(lastEndedFile);
  return {
    stateId,
    stateSecret,
    tag,
    spoolDir: join(path, 'spool'),
    tombstoneDir: join(path, 'tombstones'),
    witnessDir: await firstWritable(runtimeDirs.map((dir) => join(dir, `switchyard-${tag}`))),
    lastEnded: () => lastEnded,
    async setLastEnded(id) {
      lastEnded = id;
      await writeDurably(lastEndedFile, id);
    },
    close: lock.release,
  };
}

async function keptOrNew(file: string, make: () => string): Promise<string> {
  const kept = await readText(file);
  if (kept !== null) return kept;
  const made = make();
  await writeDurably(file, made);
  return made;
}

async function firstWritable(dirs: readonly string[]): Promise<string | null> {
  for (const dir of dirs) {
    try {
      makeFolder(dir);
      await access(dir, constants.W_OK);
      return dir;
    } catch {}
  }
  return null;
}
