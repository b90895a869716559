import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { agentBundle } from '../../scripts/built-programs.ts';
import { toolMissing, unlessRequired } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Api } from '../harness/api.ts';
import { type DebianRoot, prepareDebianRoot } from './debian-root.ts';
import { createMachine, type Machine, type MachineOptions } from './machine.ts';

const UNIT = resolve(import.meta.dirname, '../../systemd/switchyard-agent.service');

/** Where the unit looks for the agent. */
export const AGENT_PATH = '/usr/local/lib/switchyard/agent.js';

/** The machine's own release by default. */
const rootOf = (release: string | undefined): DebianRoot => prepareDebianRoot(release === undefined ? {} : { release });

/** Has the oldest systemd that docs/install.md names, 247. */
export const OLDEST_RELEASE = 'bullseye';

/** A machine with Node and nothing of Switchyard, still off; closing it removes its folder. */
export function layMachine(
  name: string,
  { binds = [], isUnplugged = false, link = 0, release, disk }: MachineGiven = {},
): Machine {
  const root = rootOf(release);
  if (root.kind === 'unfit') throw new Error(root.reason);
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-machine-')));
  const node = `${process.execPath}:/usr/local/bin/node`;
  // `cp -a` keeps the layer's marks about the root below it.
  if (disk) execFileSync('cp', ['-a', disk.path('/'), join(dir, 'upper')]);
  const machine = createMachine({ name, dir, lower: root.dir, binds: [node, ...binds], isUnplugged, link });
  return {
    ...machine,
    async close() {
      await machine.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * Why no host can be booted here, found by trying; null if one can. Throws if one should. One success counts for all suites until
 * this machine boots again.
 */
export async function hostsUnfit(release?: string): Promise<string | null> {
  const root = rootOf(release);
  if (root.kind === 'unfit') return root.reason;
  const missing = toolMissing('systemd-nspawn') ?? toolMissing('nsenter') ?? toolMissing('ip');
  if (missing) return missing;
  const proof = `${root.dir}.booted-in`;
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  if (existsSync(proof) && readFileSync(proof, 'utf8') === bootId) return null;
  const machine = layMachine('trial', release === undefined ? {} : { release });
  try {
    await machine.boot();
    writeFileSync(proof, bootId);
    return null;
  } catch (error) {
    return unlessRequired((error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' '));
  } finally {
    // If it could not start, there may be something that cannot be removed either.
    await machine.close().catch(() => {});
  }
}

/** A registered host that boots, with the agent as its unit. */
export type BootedHost = {
  readonly machine: Machine;
  readonly name: string;
  readonly hostId: string;
  readonly token: string;
  /** Resolves once the coordinator has it online. */
  online(): Promise<void>;
  offline(): Promise<void>;
  bootId(): Promise<string>;
  /** The agent's main pid, as systemd has it. */
  agentPid(): Promise<string>;
  /** The journal of the agent and its commands. */
  journal(): Promise<string>;
  close(): Promise<void>;
};

type MachineGiven = Pick<MachineOptions, 'binds' | 'isUnplugged' | 'link'> & {
  /** Codename of the Debian to boot; by default this machine's own. */
  release?: string;
  /** It boots from a copy of this machine's disk, which is off. */
  disk?: Machine;
};

export type BootedHostOptions = MachineGiven & {
  /** Options of the agent beside URL, token and host name. */
  env?: Readonly<Record<string, string>>;
  /** `http://HOST:PORT` at which it reaches the coordinator, if not the coordinator's own. */
  address?: string;
  /** Text of OPS_FILE. */
  ops?: string;
  /** The host is not registered; its agent enrols with this token. It may wait for an approval, so it need not be online yet. */
  enrolToken?: string;
  /** Puts the agent behind AGENT_PATH; by default any build of it. */
  install?: (machine: Machine) => Promise<void>;
};

/** The part of a `System` that a host needs. */
export type Home = { api: Api; coordinator: { address: string } };

/**
 * Registers a host unless it enrols by itself, boots it, and installs the agent as docs/install.md says; resolves once it is online. A host that boots
 * unplugged is plugged in this first time.
 */
export async function bootHost(system: Home, name: string, options: BootedHostOptions = {}): Promise<BootedHost> {
  const { enrolToken } = options;
  const { hostId, token } = enrolToken === undefined ? await system.api.addHost(name) : { hostId: name, token: '' };
  const machine = layMachine(name, options);
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(machine.path(path)), { recursive: true });
    writeFileSync(machine.path(path), text, { mode });
  };
  const env = {
    SWITCHYARD_PLATFORM: 'custom',
    SWITCHYARD_HEARTBEAT_INTERVAL_MS: '500',
    ...(options.ops === undefined ? {} : { SWITCHYARD_OPS_FILE: '/etc/switchyard/ops.toml' }),
    ...options.env,
    SWITCHYARD_HOSTNAME: name,
    ...(enrolToken !== undefined && { SWITCHYARD_ENROL_TOKEN_FILE: '/etc/switchyard/enrol-token' }),
    SWITCHYARD_URL: (options.address ?? system.coordinator.address).replace('http', 'ws'),
  };
  const lines = Object.entries(env).map(([variable, value]) => `${variable}=${value}\n`);
  // A host that enrols is unknown until then.
  const known = () => (enrolToken === undefined ? system.api.host(hostId) : system.api.host(name).catch(() => null));
  const isOnline = async () => (await known())?.online ?? false;

  const host: BootedHost = {
    machine,
    name,
    hostId,
    token,
    online: async () => void (await waitFor(`${name} online`, isOnline)),
    offline: async () => void (await waitFor(`${name} offline`, isOnline, (online) => !online)),
    bootId: () => machine.shell('cat /proc/sys/kernel/random/boot_id'),
    agentPid: () => machine.shell('systemctl show --property=MainPID --value switchyard-agent'),
    journal: () => machine.shell("journalctl --no-pager --output=short-precise --unit='switchyard-*'"),
    close: () => machine.close(),
  };
  try {
    write('/etc/switchyard/agent.env', lines.join(''));
    if (enrolToken === undefined) write('/etc/switchyard/token', `${token}\n`, 0o600);
    else {
      write('/etc/switchyard/enrol-token', `${enrolToken}\n`, 0o600);
      // docs/install.md: the unit would pass on a token that this host does not have.
      write('/etc/systemd/system/switchyard-agent.service.d/enrol.conf', '[Service]\nLoadCredential=\n');
    }
    if (options.ops !== undefined) write('/etc/switchyard/ops.toml', options.ops);
    write('/etc/nix/nix.conf', 'sandbox = false\nbuild-users-group =\nsubstituters =\n');
    mkdirSync(machine.path('/etc/systemd/system'), { recursive: true });
    copyFileSync(UNIT, machine.path('/etc/systemd/system/switchyard-agent.service'));
    if (!options.install) write(AGENT_PATH, await agentBundle(''));
    await machine.boot();
    if (options.isUnplugged) await machine.plugIn();
    await options.install?.(machine);
    await machine.shell('systemctl enable --now switchyard-agent');
    if (enrolToken === undefined) await host.online();
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}
