import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { execa } from 'execa';
import treeKill from 'tree-kill';
import type { ProcessIdentity } from '../spool/spool-entry.ts';

export type ProcessEntry = ProcessIdentity & {
  parent: number;
  group: number;
  session: number;
  zombie: boolean;
};

/** The machine's processes, as far as this user may see them. */
export type ProcessTable = {
  /** Rejects if they cannot be listed: an empty list would look like an empty tree. */
  list(): Promise<ProcessEntry[]>;
  /** False for a zombie and for another process that has the pid now. */
  isAlive(process: ProcessIdentity): Promise<boolean>;
  /** The value of a variable in the environment with which `pid` was started; null if unset or unreadable. */
  variable(pid: number, name: string): string | null;
  /** For a process of a fresh list. True: it may write into this FIFO. False if that can't be read. */
  writesTo(pid: number, fifo: string): boolean;
  /**
   * For a process of a fresh list. True: it got SIGKILL, is exiting or has exited, and acts no more. False if that can't be
   * read.
   */
  isDying(pid: number): boolean;
  /** For a process of a fresh list. No effect if it is gone, is another one, or may not be signalled. */
  signal(process: ProcessIdentity, signal: NodeJS.Signals): void;
  /** False: a process that left its session or group and its parent cannot be found here. */
  readonly readsVariables: boolean;
};

/** Linux's /proc if it exists, else `ps`. */
export function openProcessTable(): ProcessTable {
  return readStat(process.pid) ? procfsTable : psTable;
}

export const procfsTable: ProcessTable = {
  readsVariables: true,
  async list() {
    const entries: ProcessEntry[] = [];
    for (const name of readdirSync('/proc')) {
      const entry = /^\d+$/.test(name) && readStat(Number(name));
      if (entry) entries.push(entry);
    }
    return entries;
  },
  isAlive: async (process) => isSame(readStat(process.pid), process),
  variable(pid, name) {
    const text = readText(`/proc/${pid}/environ`) ?? '';
    const entry = text.split('\0').find((pair) => pair.startsWith(`${name}=`));
    return entry?.slice(name.length + 1) ?? null;
  },
  writesTo(pid, fifo) {
    return readNames(`/proc/${pid}/fd`).some((fd) => isFile(`/proc/${pid}/fd/${fd}`, fifo) && isForWriting(pid, fd));
  },
  isDying(pid) {
    const pending = (readText(`/proc/${pid}/status`) ?? '').matchAll(/^S\w+Pnd:\t([0-9a-f]+)$/gm);
    return [...pending].some(([, mask]) => (BigInt(`0x${mask}`) & SIGKILL_BIT) !== 0n) || hasLeftOrLeaves(pid);
  },
  signal(target, signal) {
    if (isSame(readStat(target.pid), target)) sendSignal(target.pid, signal);
  },
};

/** ps writes starts in the present time zone, which may change while a process runs: in UTC they stay the same. */
const IN_UTC = { TZ: 'UTC0' };

async function listByPs(zone: { TZ?: string }): Promise<ProcessEntry[]> {
  const env = { ...zone, LC_ALL: 'C' };
  const { stdout } = await execa('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,lstart='], { env });
  return stdout.split('\n').flatMap(parsePsLine);
}

/** For hosts without /proc: one `ps` per listing, start times in whole seconds, no foreign environments. */
export const psTable: ProcessTable = {
  readsVariables: false,
  list: () => listByPs(IN_UTC),
  async isAlive(process) {
    // The wrappers of earlier agents wrote the local time.
    for (const zone of [IN_UTC, {}]) if ((await listByPs(zone)).some((entry) => isSame(entry, process))) return true;
    return false;
  },
  variable: () => null,
  writesTo: () => false,
  isDying: () => false,
  signal(target, signal) {
    // The listing took a while: processes forked since must not escape, so SIGKILL walks the tree once more.
    if (signal === 'SIGKILL') treeKill(target.pid, signal, () => {});
    else sendSignal(target.pid, signal);
  },
};

const SIGKILL_BIT = 1n << 8n;
/** The kernel's flag for an exiting process; the 9th field of stat holds the flags. */
const PF_EXITING = 4;

const hasLeftOrLeaves = (pid: number): boolean => {
  const text = readText(`/proc/${pid}/stat`);
  return text === null || (Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[6]) & PF_EXITING) !== 0;
};

function readNames(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/** The name first: that is cheaper and identifies all but a few descriptors. A removed file keeps its name. */
function isFile(descriptor: string, path: string): boolean {
  try {
    const name = readlinkSync(descriptor);
    if (name === path || name === `${path} (deleted)`) return true;
    if (!name.endsWith(path.slice(path.lastIndexOf('/')))) return false;
    const [held, wanted] = [statSync(descriptor), statSync(path)];
    return held.dev === wanted.dev && held.ino === wanted.ino;
  } catch {
    return false;
  }
}

const isForWriting = (pid: number, fd: string): boolean =>
  /^flags:\t\d*[12]$/m.test(readText(`/proc/${pid}/fdinfo/${fd}`) ?? '');

const isSame = (entry: ProcessEntry | null, process: ProcessIdentity): boolean =>
  entry?.pid === process.pid && entry.start === process.start && !entry.zombie;

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process is gone, or another user's. The next list shows whether it lives.
  }
}

function readStat(pid: number): ProcessEntry | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The second field is the program's name in brackets and may hold anything, including brackets and spaces.
  const [state, parent, group, session, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    start: rest[15] ?? '',
    zombie: state === 'Z' || state === 'X',
  };
}

function parsePsLine(line: string): ProcessEntry[] {
  const [pid, parent, group, state, ...start] = line.trim().split(/\s+/);
  if (!pid || !state) return [];
  return [
    {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: Number(group),
      start: start.join(' '),
      zombie: state.startsWith('Z'),
    },
  ];
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
