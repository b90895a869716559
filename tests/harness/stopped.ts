import { readFileSync } from 'node:fs';
import { waitFor } from '../../shared/fixtures/wait-for.ts';

/** A process's state in `/proc/PID/stat`, after its name in brackets. */
const STOPPED = /\) T /;

/** Runs `use` while the process is stopped. Its files do not change meanwhile, as in a snapshot of its disk. */
export async function whileStopped<Result>(pid: number, use: () => Result): Promise<Result> {
  process.kill(pid, 'SIGSTOP');
  try {
    await waitFor(`that ${pid} is stopped`, () => STOPPED.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
    return use();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
