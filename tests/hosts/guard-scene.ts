import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NIX_ENV_SH, SWITCH_SH } from '../../agent/guard/fixtures/guard-host.ts';
import { findTool } from '../../agent/platforms/step/tool.ts';
import { agentBundle } from '../../scripts/built-programs.ts';
import { testUnless } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newId } from '../../shared/ids.ts';
import { type BareCoordinator, startBareCoordinator } from '../guard/bare-coordinator.ts';
import type { Api } from '../harness/api.ts';
import { AGENT_PATH, type BootedHost, bootHost, hostsUnfit } from './booted-host.ts';
import { LINK_OUTSIDE, type Machine } from './machine.ts';

// Guards under systemd, a boot and a separate network. The systems are files in /srv; no Nix is needed.

export const DIR = '/srv/fleet';

/** Stands in for the initrd: the system that the boot loader starts is the active one. */
const BOOT_UNIT = `[Unit]
Before=switchyard-agent.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'ln -sfn ${DIR}/store/$(cat ${DIR}/boot-default) ${DIR}/current'
[Install]
WantedBy=multi-user.target
`;

async function install(machine: Machine): Promise<void> {
  const write = (path: string, text: string, mode = 0o755) => {
    mkdirSync(machine.path(path.slice(0, path.lastIndexOf('/'))), { recursive: true });
    writeFileSync(machine.path(path), text, { mode });
  };
  for (const name of ['old', 'new', 'third'])
    write(`${DIR}/store/${name}/bin/switch-to-configuration`, SWITCH_SH(DIR, name));
  write('/usr/local/bin/nix-env', NIX_ENV_SH(DIR));
  write('/etc/systemd/system/first.service', BOOT_UNIT, 0o644);
  write(AGENT_PATH, await agentBundle(''), 0o644);
  await machine.shell(`cd ${DIR}; ln -s ${DIR}/store/new system-1-link; ln -s ${DIR}/store/old system-2-link
    ln -s system-2-link system; ln -s ${DIR}/store/old current; echo old >boot-default; systemctl enable first`);
}

/** A booted host on a coordinator that a test speaks for. */
export type GuardScene = { coordinator: BareCoordinator; host: BootedHost };

const ENV = {
  SWITCHYARD_PLATFORM: 'nixos',
  SWITCHYARD_PROFILE: `${DIR}/system`,
  SWITCHYARD_CURRENT_SYSTEM: `${DIR}/current`,
};

/** Debian's smallest root has no `ip`: it gets this machine's, with the libraries that only `ip` needs. */
function ipBinds(): string[] {
  const program = findTool('ip', process.env.PATH ?? '') ?? '';
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' });
  const needed = [...libraries.matchAll(/=> (\S*lib(?:elf|bpf|mnl|cap|bsd|md)\.so\S*)/g)].map(([, path]) => path ?? '');
  return [`${realpathSync(program)}:/usr/local/bin/ip`, ...needed.map((path) => `${realpathSync(path)}:${path}`)];
}

async function boot(): Promise<GuardScene> {
  const coordinator = await startBareCoordinator();
  const api = {
    addHost: async () => ({ hostId: newId(), token: 'token' }),
    host: async () => ({ online: coordinator.isOnline() }),
  } as unknown as Api;
  const address = `http://${LINK_OUTSIDE}:${coordinator.port}`;
  const home = { api, coordinator: { address } };
  const host = await bootHost(home, 'web1', { env: ENV, install, isUnplugged: true, binds: ipBinds() });
  return { coordinator, host };
}

const unfit = await hostsUnfit();
const declare = testUnless([unfit]);
let scene: GuardScene | null = null;
if (!unfit) {
  test.before(async () => {
    scene = await boot();
  });
  test.after(async () => {
    await scene?.host.close();
    scene?.coordinator.stop();
  });
}

export const hostTest = (title: string, body: (given: GuardScene) => Promise<void>) =>
  declare(title, async () => {
    if (!scene) throw new Error('the host did not boot');
    const { shell } = scene.host.machine;
    // As installed, whatever the previous test left.
    await shell(
      `cd ${DIR}; rm -rf *.new *.old nix-env.sh store/old/sw once log; ln -sfn ${DIR}/store/old current; ln -sfn system-2-link system; echo old >boot-default`,
    );
    try {
      await body(scene);
    } catch (error) {
      console.log((await scene.host.journal().catch(String)).slice(-6_000));
      console.log(await shell(`cat ${DIR}/log; systemctl list-units --all 'switchyard-*'`).catch(String));
      throw error;
    }
  });

export const OLD = 'old system-2-link old';
export const NEW = 'new system-1-link new';
export const stands = ({ host }: GuardScene) =>
  host.machine.shell(`cd ${DIR}; echo $(basename $(readlink current)) $(readlink system) $(cat boot-default)`);
export const guardUnits = ({ host }: GuardScene) =>
  host.machine.shell("systemctl list-units --all --plain --no-legend 'switchyard-guard-*' | cut -d ' ' -f 1");

/** A guarded rollback whose agent has come back, as another process. */
export async function activated(given: GuardScene, options = {}): Promise<string> {
  const { coordinator } = given;
  const before = coordinator.hellos.length;
  const id = coordinator.rollback(options);
  const exit = await coordinator.exited(id);
  assert.equal([exit.exitCode, exit.evidence?.guarded], [0, true], JSON.stringify(exit.evidence));
  await waitFor('the agent back', () => coordinator.hellos.length > before);
  await coordinator.shows('the guard', ({ guard }) => guard?.state === 'activated');
  return id;
}

/** The end of this command's guard, once it has left nothing behind. */
export async function ended(given: GuardScene, id: string): Promise<string> {
  const { guardEnd } = await given.coordinator.shows('the end', ({ guardEnd }) => guardEnd?.commandId === id);
  await waitFor(
    'no unit of a guard',
    () => guardUnits(given),
    (units) => units === '',
  );
  assert.is(await given.host.machine.shell('ls -A /run/switchyard-guard 2>/dev/null; ls -A /nix/var/nix/gcroots'), '');
  await waitFor('the agent', given.coordinator.isOnline);
  return `${guardEnd?.end} ${guardEnd?.cause}, ${await stands(given)}`;
}

/** Resolves once the log has this line. */
export const logged = ({ host }: GuardScene, line: string) =>
  waitFor(
    `${line} in the log`,
    () => host.machine.shell(`cat ${DIR}/log || true`),
    (log) => log.split('\n').includes(line),
  );

/** A guarded rollback whose new system is active; its agent may still be away. */
export async function onTrial(given: GuardScene, options = {}): Promise<string> {
  const id = given.coordinator.rollback(options);
  const state = () => given.host.machine.shell('cat /run/switchyard-guard/*/state || true');
  await waitFor('the trial', state, (word) => word === 'activated');
  return id;
}
