import { COMMAND_VARIABLE, TAG_VARIABLE } from '../config/command-environment.ts';
import type { ProcessIdentity, Started } from '../spool/spool-entry.ts';
import type { ProcessEntry, ProcessTable } from './process-table.ts';

/** A command's live processes. Zombies are dead and in none of the lists. */
export type ProcessTree = {
  wrapper: ProcessEntry | null;
  /** Drains the FIFO; ends by itself once nothing writes to it. */
  readers: ProcessEntry[];
  /** All others: steps and what they left. */
  members: ProcessEntry[];
};

/**
 * Lists what belongs to a command, even when its wrapper is gone.
 * `tag`: its secret; null for a command started by an older agent, which is found by its id. `fifo`: where its steps write to.
 * A process that holds the FIFO open and started after the wrapper belongs to the command, even if it changed its session, parents and
 * environment. An older process, such as an ssh master, only got the FIFO passed. `seen`: processes known from earlier listings; they count
 * as long as pid and start time are the same. `unit`: pids in the command's own cgroup, if the launcher made one.
 */
export async function listTree(
  table: ProcessTable,
  command: {
    id: string;
    tag: string | null;
    fifo: string;
    started: Started | null;
    seen: readonly ProcessIdentity[];
    unit: readonly number[];
  },
): Promise<ProcessTree> {
  const processes = (await table.list()).filter((entry) => !entry.zombie && entry.pid !== process.pid);
  const { started } = command;
  const holder = started && processes.find(({ pid }) => pid === started.wrapper.pid);
  const wrapper = holder && started && holder.start === started.wrapper.start ? holder : null;
  // While any process is in a session, its id is not reused: if the pid now belongs to someone else, all are gone.
  const session = started && (wrapper || !holder) ? started.wrapper.pid : null;

  const [variable, value] = command.tag === null ? [COMMAND_VARIABLE, command.id] : [TAG_VARIABLE, command.tag];
  const beganWith = started && Number(started.wrapper.start);
  const isNewer = ({ start }: ProcessEntry) => beganWith !== null && Number(start) >= beganWith;

  const seen = new Map(command.seen.map(({ pid, start }) => [pid, start]));
  const unit = new Set(command.unit);
  const found = new Set<number>();
  for (const entry of processes)
    if (
      (session !== null && (entry.session === session || entry.group === session)) ||
      seen.get(entry.pid) === entry.start ||
      unit.has(entry.pid) ||
      table.variable(entry.pid, variable) === value ||
      (isNewer(entry) && table.writesTo(entry.pid, command.fifo))
    )
      found.add(entry.pid);
  addDescendants(processes, found);

  const reader = session === null ? null : started?.reader;
  const isReader = ({ pid, parent }: ProcessEntry) => pid === reader || parent === reader;
  const tree = processes.filter(({ pid }) => found.has(pid) && pid !== wrapper?.pid);
  return { wrapper, readers: tree.filter(isReader), members: tree.filter((entry) => !isReader(entry)) };
}

function addDescendants(processes: readonly ProcessEntry[], found: Set<number>): void {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const waiting = [...found];
  for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop())
    for (const { pid } of children.get(parent) ?? [])
      if (!found.has(pid)) {
        found.add(pid);
        waiting.push(pid);
      }
}
