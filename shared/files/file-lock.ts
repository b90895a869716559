import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * A lock on a file, held by the kernel for this process: SQLite's exclusive lock on a file that stays empty.
 * K1 It is free the moment that the process ends, however it ends. So no lock is ever stale: not after kill -9, nor a reboot, nor when
 *    the pid is reused.
 * K2 Child processes do not inherit it: those that outlive this process don't keep the next one out.
 * Rejected: a pid file made exclusively has to be judged stale and then replaced, and two processes may do so at once; an abstract
 * socket is also the kernel's, but exists only on Linux and per network namespace; flock(1) is not on every host. SQLite comes
 * with Node, and its lock is the same on Linux and macOS.
 */
export type FileLock = { release(): void };

const SQLITE_BUSY = 5;

/** Null if another process holds it after `waitMs`, which blocks. Throws if the file system has no locks, or the file cannot be made. */
export function lockFile(path: string, waitMs = 0): FileLock | null {
  // For its owner alone. An existing one is left alone: closing a file ends this process's locks on it.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  // Held as long as this object exists: it must not be garbage-collected.
  const database = new DatabaseSync(path, { timeout: waitMs });
  try {
    // Without a journal it writes nothing, so a full disk does not matter.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isLocked(error)) return null;
    throw error;
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}

/** Whether SQLite refused because another process has the file. */
export const isLocked = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === SQLITE_BUSY;
