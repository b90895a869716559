import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * The lock that lets only one agent work on a STATE_DIR.
 * L1  The kernel holds it for the process: SQLite's exclusive lock on the file `lock`, which stays empty. It is free the moment
 *    that the process ends, however it ends, so no lock is ever stale: not after kill -9, nor a reboot, nor when the pid is
 *    reused.
 * L2  Commands do not inherit it: processes that outlive the agent don't keep the next one out.
 * L3  `lock-holder` names the holder for people. Nothing is decided by it.
 * Rejected: a pid file made exclusively has to be judged stale and then replaced, and two agents may do so at once; an abstract
 * socket is also the kernel's, but exists only on Linux and per network namespace; flock(1) is not on every host. SQLite comes
 * with Node, and its lock is the same on Linux and macOS.
 */
export type StateLock = { release(): void };

export type StateLocking =
  | { kind: 'locked'; lock: StateLock }
  /** `holder`: its pid, if known. */
  | { kind: 'held'; holder: number | null };

const SQLITE_BUSY = 5;

/** Never waits. Throws if the file system has no locks, or `dir` cannot be written. */
export function lockStateDir(dir: string): StateLocking {
  const holderFile = join(dir, 'lock-holder');
  // Held as long as this object exists: it must not be garbage-collected.
  const database = new DatabaseSync(join(dir, 'lock'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return { kind: 'held', holder: readHolder(holderFile) };
    throw error;
  }
  try {
    writeFileSync(holderFile, `${process.pid}\n`);
  } catch {
    // A full disk: the file is then empty and names nobody.
  }
  return { kind: 'locked', lock: { release: () => database.close() } };
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === SQLITE_BUSY;

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
