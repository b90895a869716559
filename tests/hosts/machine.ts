import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type Program, readLog, startProgram } from '../harness/program.ts';
import { ENTER_GROUP_SH, removeGroups } from './cgroups.ts';

const run = promisify(execFile);

/** nspawn's status when the machine in it asks to be restarted. */
const REBOOT_STATUS = 133;

/** The machine has its own mount and pid namespace: however it ends, it leaves neither mount nor process. */
const NAMESPACES = 'unshare --mount --propagation private --pid --fork --kill-child --mount-proc';

const BOOT_SH = `set -e
name=$1 dir=$2 lower=$3
shift 3
${ENTER_GROUP_SH}
mount -t overlay overlay -o lowerdir="$lower",upperdir="$dir/upper",workdir="$dir/work" "$dir/root"
exec systemd-nspawn --quiet --register=no --keep-unit --machine="$name" -D "$dir/root" --boot "$@"`;

const BOOT_MS = 120_000;
/** A script in a machine that goes down meanwhile may never end. */
const SHELL_MS = 120_000;

const LINKS = 1 << 14;
/** Random, so that machines of other processes get other links. */
const FIRST_LINK = randomInt(LINKS);

/** The two ends of a machine's link, and its network, one of those for tests of networks (RFC 2544). */
export function linkOf(number: number): { name: string; network: string; outside: string; inside: string } {
  const link = (FIRST_LINK + number) % LINKS;
  const at = (place: number) => `198.18.${link >> 6}.${(link & 63) * 4 + place}`;
  return { name: `swy${link}`, network: `${at(0)}/30`, outside: at(1), inside: at(2) };
}

export const LINK_OUTSIDE = linkOf(0).outside;

/** A machine's address is unreachable once the machine is gone: otherwise somebody else might answer there. */
const PLUG_IN_SH = `set -e
init=$1 outside=$2 inside=$3 link=$4 network=$5
ip route replace unreachable "$network" metric 9999
ip link add "$link" type veth peer name uplink netns "$init"
ip address add "$outside/30" dev "$link"
ip link set "$link" up
nsenter --net -t "$init" ip address add "$inside/30" dev uplink
nsenter --net -t "$init" ip link set uplink up`;

/**
 * A host that boots: systemd as its pid 1, its own root, and a new boot id each time. Unless it `isUnplugged` it shares the
 * network, so that it reaches what listens on 127.0.0.1 here.
 */
export type Machine = {
  readonly name: string;
  readonly logFile: string;
  /** The outside path of one of the machine's paths, whether it runs or not. */
  path(path: string): string;
  /** Resolves once systemd has started all units. */
  boot(): Promise<void>;
  /** Gives a machine that booted unplugged its link: it then reaches this side at the link's outside address. */
  plugIn(): Promise<void>;
  /** The output of a script, run as root; rejects if it fails, or takes more than two minutes. */
  shell(script: string): Promise<string>;
  /** Resolves when the machine is off; a reboot does not count. */
  off(): Promise<void>;
  /** Stops all of its processes, as a suspend does, until `thaw`. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Pulls the plug. */
  powerCut(): Promise<void>;
  /** A power cut; only its folder is left. */
  close(): Promise<void>;
};

export type MachineOptions = {
  name: string;
  /** Its own folder: the upper layer of its root, and its console's log. */
  dir: string;
  /** The root that it is a layer over. */
  lower: string;
  /** Folders and files from outside, at the same path unless another one follows after a colon. */
  binds?: readonly string[];
  /** It boots without any network, until `plugIn`. */
  isUnplugged?: boolean;
  /** The number of its link, its own among the machines of this process. */
  link?: number;
};

export function createMachine({
  name,
  dir,
  lower,
  binds = [],
  isUnplugged = false,
  link = 0,
}: MachineOptions): Machine {
  const logFile = join(dir, 'console.log');
  const unique = `switchyard-${process.pid}-${name}`;
  let program: Program | null = null;
  let ended: Promise<void> = Promise.resolve();
  let isCut = false;
  let isPlugged = false;
  for (const folder of ['upper', 'work', 'root']) mkdirSync(join(dir, folder), { recursive: true });

  function start(): void {
    const given = [...binds.map((bind) => `--bind=${bind}`), ...(isUnplugged ? ['--private-network'] : [])];
    const boot = ['sh', '-c', BOOT_SH, 'sh', unique, dir, lower, ...given];
    const started = startProgram({
      // If this process is killed, its machines end with it.
      argv: ['setpriv', '--pdeathsig', 'KILL', ...NAMESPACES.split(' '), ...boot],
      env: { PATH: process.env.PATH ?? '' },
      logFile,
    });
    program = started;
    ended = started.exited.then(({ code }) => {
      program = null;
      if (code !== REBOOT_STATUS || isCut) return;
      start();
      return ended;
    });
  }

  /** The machine's pid 1, seen from here: the child of nspawn, which is that of the one that made the namespaces. */
  function init(): number {
    if (!program) throw new Error(`${name} is off`);
    const [nspawn] = childrenOf(program.pid);
    const [pid] = nspawn ? childrenOf(nspawn) : [];
    if (!pid) throw new Error(`${name} has no init yet`);
    return pid;
  }

  async function shell(script: string): Promise<string> {
    const enter = ['-t', String(init()), '-m', '-u', '-i', '-n', '-p', '-C', 'sh', '-c', script];
    const limits = { timeout: SHELL_MS, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 } as const;
    const { stdout } = await run('nsenter', enter, { env: SHELL_ENV, ...limits });
    return stdout.trim();
  }

  const state = async () => (program ? await shell('systemctl is-system-running || true') : 'off');

  async function powerCut(): Promise<void> {
    isCut = true;
    program?.kill('SIGKILL');
    await ended;
  }

  return {
    name,
    logFile,
    path: (path) => (program ? join(`/proc/${init()}/root`, path) : join(dir, 'upper', path)),
    async boot() {
      isCut = false;
      start();
      const isOver = (seen: string) => /^(running|degraded|off)$/.test(seen);
      const reached = await waitFor(`${name} to have booted`, state, isOver, BOOT_MS).catch(String);
      if (isOver(reached) && reached !== 'off') return;
      throw new Error(`${name} does not boot (${reached}): ${readLog(logFile).trim().slice(-1_000)}`);
    },
    async plugIn() {
      const { name, outside, inside, network } = linkOf(link);
      isPlugged = true;
      await run('sh', ['-c', PLUG_IN_SH, 'sh', String(init()), outside, inside, name, network]);
    },
    shell,
    off: () => ended,
    async freeze() {
      const stopOthers = () => {
        const running = membersOf(init()).filter(isRunning);
        for (const pid of running) signal(pid, 'SIGSTOP');
        return running.length;
      };
      // A process that runs may start another meanwhile.
      await waitFor(`${name} to stand still`, stopOthers, (left) => left === 0);
    },
    thaw() {
      for (const pid of membersOf(init())) signal(pid, 'SIGCONT');
    },
    powerCut,
    async close() {
      await powerCut();
      await removeGroups(unique);
      if (isPlugged) await run('ip', ['route', 'del', 'unreachable', linkOf(link).network, 'metric', '9999']);
      isPlugged = false;
    },
  };
}

const SHELL_ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };

/** All processes of the machine whose pid 1 is `init`. */
function membersOf(init: number): number[] {
  const spaceOf = (pid: number) => ifThere(() => readlinkSync(`/proc/${pid}/ns/pid`));
  const own = spaceOf(init);
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && spaceOf(pid) === own);
}

/** Neither stopped nor dead. */
const isRunning = (pid: number): boolean =>
  /^[^TZX]/.test(
    ifThere(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
      ?.split(') ')
      .at(-1) ?? 'X',
  );

const signal = (pid: number, name: NodeJS.Signals): void => void ifThere(() => process.kill(pid, name));

/** Null for a process that has ended meanwhile. */
function ifThere<Value>(ask: () => Value): Value | null {
  try {
    return ask();
  } catch {
    return null;
  }
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
