import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * The lock that lets only one agent work on a STATE_DIR.
 *
 * L1  The kernel holds it for the process: SQLite's exclusive lock on the file `lock`, which stays empty. However the process ends,
 *     it is free at that moment, so no lock is ever stale: not after kill -9, nor a reboot, nor where the pid is another's by now.
 * L2  Commands do not inherit it: what outlives the agent does not keep the next one out.
 * L3  `lock-holder` names the holder to people. Nothing is decided by it.
 *
 * What else there was: a pid file made exclusively has to be judged stale and then replaced, and between the two another agent may do the
 * same; an abstract socket is the kernel's too, but Linux's alone and a network namespace's own; flock(1) is not on every host. SQLite
 * comes with Node, and its lock is the same on Linux and macOS.
 */
export type StateLock = { release(): void };

export type StateLocking =
  | { kind: 'locked'; lock: StateLock }
  /** `holder`: its pid, where that is known. */
  | { kind: 'held'; holder: number | null };

const SQLITE_BUSY = 5;

/** Never waits. Throws where the file system has no locks, or `dir` cannot be written. */
export function lockStateDir(dir: string): StateLocking {
  const holderFile = join(dir, 'lock-holder');
  // Held for as long as this object is: it must not be collected as garbage.
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
    // A full disk: the file is empty then, and names nobody.
  }
  return { kind: 'locked', lock: { release: () => database.close() } };
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === SQLITE_BUSY;

/** Null where it names nobody who lives: the holder may have got the lock this moment, and not have written its pid yet. */
function readHolder(file: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}
