import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Kills a process that leads its own group, the group, and every descendant that left the group. Without `ps` only the group. */
export async function killTree(leader: number): Promise<void> {
  const descendants = await descendantsOf(leader);
  killGroup(leader);
  for (const pid of descendants) kill(pid);
}

/** Kills what is left of a group; harmless if nothing is. */
export function killGroup(leader: number): void {
  kill(-leader);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

async function descendantsOf(root: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  try {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
    for (const [, pid, parent] of stdout.matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm)) {
      const siblings = children.get(Number(parent));
      if (siblings) siblings.push(Number(pid));
      else children.set(Number(parent), [Number(pid)]);
    }
  } catch {
    return [];
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found.slice(1);
}
