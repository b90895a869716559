import { type Clock, sleep } from '../../shared/time/clock.ts';
import { COMMAND_VARIABLE, STATE_VARIABLE } from '../config/command-environment.ts';
import type { ProcessEntry, ProcessTable } from './process-table.ts';

const TERM_MS = 2_000;
const KILL_MS = 2_000;
const LOOK_MS = 50;

/**
 * Ends processes of this STATE_DIR whose command is not in `known`: their spool was lost, so nobody will ever ask for them.
 * Leaves alone other agents on the machine, which have another tag. Resolves to the number of ended processes.
 */
export async function endOrphans(deps: {
  table: ProcessTable;
  clock: Clock;
  stateTag: string;
  known: ReadonlySet<string>;
}): Promise<number> {
  const { table, clock } = deps;

  async function list(): Promise<ProcessEntry[]> {
    const processes = await table.list();
    const spared = withAncestors(processes, process.pid);
    return processes.filter(({ pid, zombie }) => {
      if (zombie || spared.has(pid) || table.variable(pid, STATE_VARIABLE) !== deps.stateTag) return false;
      return !deps.known.has(table.variable(pid, COMMAND_VARIABLE) ?? '');
    });
  }

  async function send(signal: 'SIGTERM' | 'SIGKILL', orphans: ProcessEntry[], waitMs: number): Promise<ProcessEntry[]> {
    const until = clock.monotonic() + waitMs;
    for (const orphan of orphans) table.signal(orphan, signal);
    for (const orphan of orphans) table.signal(orphan, 'SIGCONT');
    let left = await list();
    while (left.length > 0 && clock.monotonic() < until) {
      await sleep(clock, LOOK_MS);
      left = await list();
    }
    return left;
  }

  if (!table.readsVariables) return 0;
  const orphans = await list();
  if (orphans.length === 0) return 0;
  const left = await send('SIGTERM', orphans, TERM_MS);
  if (left.length > 0) await send('SIGKILL', left, KILL_MS);
  return orphans.length;
}

/** An agent may itself have been started from a command's step, and then carries its tag. */
function withAncestors(processes: readonly ProcessEntry[], pid: number): Set<number> {
  const parents = new Map(processes.map((entry) => [entry.pid, entry.parent]));
  const line = new Set<number>();
  for (let next: number | undefined = pid; next !== undefined && !line.has(next); next = parents.get(next))
    line.add(next);
  return line;
}
