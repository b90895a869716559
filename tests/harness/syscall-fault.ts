import { join } from 'node:path';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { endProgram, readLog, startProgram } from './program.ts';

/** As strace names them. */
export type Syscall = 'mkdir' | 'clone3,clone,vfork' | 'fsync' | 'pwrite64' | 'fdatasync' | 'write' | 'writev';

/**
 * Kills a process, as kill -9 would, at the moment when one of its threads makes this system call for the n-th time from now on;
 * the call itself is not made. Node makes asynchronous calls in its own threads: with UV_THREADPOOL_SIZE=1 there is one.
 * Resolves once the process is watched, to a function that ends the watch and must be called, whatever happened.
 */
export async function killAtSyscall({
  pid,
  syscall,
  nth,
  dir,
}: {
  pid: number;
  syscall: Syscall;
  nth: number;
  /** For strace's own messages. */
  dir: string;
}): Promise<() => Promise<unknown>> {
  const logFile = join(dir, `strace-${pid}.log`);
  const inject = `inject=${syscall}:signal=SIGKILL:when=${nth}`;
  const strace = startProgram({
    argv: ['strace', '-f', '-p', String(pid), '-e', `trace=${syscall}`, '-e', inject],
    env: { PATH: process.env.PATH ?? '' },
    logFile,
  });
  await waitFor(
    `strace at ${pid}`,
    () => readLog(logFile),
    (log) => log.includes(' attached'),
  );
  return () => endProgram(strace);
}
