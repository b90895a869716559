import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { guardFolders } from '../../agent/fixtures/run-traces.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';

export type Found = { pid: number; command: string };

/** False: this machine does not show whose its processes are, and the census finds none. */
export const canCount = existsSync('/proc/self/environ');

/**
 * Every live process connected with a folder: one that names it in its environment or arguments, or works in it. Everything that
 * a test starts gets such an environment, and the agent's commands get SWITCHYARD_EVIDENCE_DIR, so a process that was re-parented
 * or left its session is found too. A guard has no environment and works in its own folder, whose settings name `dir`. Empty
 * without /proc.
 */
export function processesOf(dir: string): Found[] {
  const places = [dir, ...guardFolders(dir)];
  return procEntries().flatMap((pid) => {
    const read = (file: string) => attempt(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
    const command = read('cmdline').replaceAll('\0', ' ').trim();
    const traces = [command, read('environ'), attempt(() => readlinkSync(`/proc/${pid}/cwd`))];
    // A zombie has none of the three.
    return pid !== process.pid && traces.some((trace) => places.some((place) => trace.includes(place)))
      ? [{ pid, command }]
      : [];
  });
}

/** Resolves once nothing of `dir` lives; rejects with what does. */
export const waitUntilGone = (dir: string, withinMs?: number): Promise<Found[]> =>
  waitFor(
    `no process of ${dir}`,
    () => processesOf(dir),
    ({ length }) => length === 0,
    withinMs,
  );

/** Kills whatever lives of `dir`, each by its pid, until nothing does. Returns what there was. */
export async function killAllOf(dir: string): Promise<Found[]> {
  const killed = new Map<number, Found>();
  const sweep = () => {
    const found = processesOf(dir);
    for (const one of found) {
      killed.set(one.pid, one);
      attempt(() => String(process.kill(one.pid, 'SIGKILL')));
    }
    return found;
  };
  await waitFor(`the end of all processes of ${dir}`, sweep, ({ length }) => length === 0);
  return [...killed.values()];
}

const procEntries = (): number[] => {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
};

/** Empty if the process has gone meanwhile, or is another user's. */
function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
