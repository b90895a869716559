import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** The kernel's word on a process, from outside: nothing is loaded into it. */

const KIB_A_MB = 1_000_000 / 1024;

/** Resident memory in MB, now and at its peak. */
export function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / KIB_A_MB;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** CPU time of all its live threads, in ms. */
export function cpuMsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((id) =>
    Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

/** Its live children, and the page faults of those that are gone: no process starts without any. */
export function childrenOf(pid: number): { alive: number; pastFaults: number } {
  const threads = readdirSync(`/proc/${pid}/task`);
  const lists = threads.map((id) => readFileSync(`/proc/${pid}/task/${id}/children`, 'utf8').trim());
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const pastFaults = Number(fields[8]) + Number(fields[10]);
  return { alive: lists.flatMap((list) => list.split(' ')).filter(Boolean).length, pastFaults };
}

/** How many MB each process grew at most while `work` ran, above what was resident before. */
export async function growthWhile(pids: readonly number[], work: () => Promise<unknown>): Promise<number[]> {
  const before = pids.map((pid) => memoryOf(pid).now);
  // So that earlier resident memory does not count.
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  await work();
  return pids.map((pid, index) => memoryOf(pid).peak - (before[index] ?? 0));
}
