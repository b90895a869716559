import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileLock, lockFile } from '../../shared/files/file-lock.ts';

/**
 * The lock that lets only one agent work on a STATE_DIR: `shared/files/file-lock.ts` on the file `lock`.
 * L1 `lock-holder` names the holder for people. Nothing is decided by it.
 */
export type StateLock = FileLock;

export type StateLocking =
  | { kind: 'locked'; lock: StateLock }
  /** `holder`: its pid, if known. */
  | { kind: 'held'; holder: number | null };

/** Never waits. Throws if the file system has no locks, or `dir` cannot be written. */
export function lockStateDir(dir: string): StateLocking {
  const holderFile = join(dir, 'lock-holder');
  const lock = lockFile(join(dir, 'lock'));
  if (!lock) return { kind: 'held', holder: readHolder(holderFile) };
  try {
    writeFileSync(holderFile, `${process.pid}\n`);
  } catch {
    // A full disk: the file is then empty and names nobody.
  }
  return { kind: 'locked', lock };
}

/** Null if it names no live process: the holder may just have got the lock, and not have written its pid yet. */
function readHolder(file: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}
