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

const DIR = '/srv/fleet';

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

type Scene = { coordinator: BareCoordinator; host: BootedHost };

const ENV = {
  SWITCHYARD_PLATFORM: 'nixos',
  SWITCHYARD_PROFILE: `${DIR}/system`,
  SWITCHYARD_CURRENT_SYSTEM: `${DIR}/current`,
};

/** Debian's smallest root has no `ip`: it gets this machine's, with the libraries that only that needs. */
function ipBinds(): string[] {
  const program = findTool('ip', process.env.PATH ?? '') ?? '';
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' });
  const needed = [...libraries.matchAll(/=> (\S*lib(?:elf|bpf|mnl|cap|bsd|md)\.so\S*)/g)].map(([, path]) => path ?? '');
  return [`${realpathSync(program)}:/usr/local/bin/ip`, ...needed.map((path) => `${realpathSync(path)}:${path}`)];
}

async function boot(): Promise<Scene> {
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
let scene: Scene | null = null;
if (!unfit) {
  test.before(async () => {
    scene = await boot();
  });
  test.after(async () => {
    await scene?.host.close();
    scene?.coordinator.stop();
  });
}

const hostTest = (title: string, body: (given: Scene) => Promise<void>) =>
  declare(title, async () => {
    if (!scene) throw new Error('the host did not boot');
    const { shell } = scene.host.machine;
    // As installed, whatever the previous test has left.
    await shell(
      `cd ${DIR}; rm -f *.new *.old once log; ln -sfn ${DIR}/store/old current; ln -sfn system-2-link system; echo old >boot-default`,
    );
    try {
      await body(scene);
    } catch (error) {
      console.log((await scene.host.journal().catch(String)).slice(-6_000));
      console.log(await shell(`cat ${DIR}/log; systemctl list-units --all 'switchyard-*'`).catch(String));
      throw error;
    }
  });

const OLD = 'old system-2-link old';
const NEW = 'new system-1-link new';
const stands = ({ host }: Scene) =>
  host.machine.shell(`cd ${DIR}; echo $(basename $(readlink current)) $(readlink system) $(cat boot-default)`);
const guardUnits = ({ host }: Scene) =>
  host.machine.shell("systemctl list-units --all --plain --no-legend 'switchyard-guard-*' | cut -d ' ' -f 1");

/** A guarded rollback whose agent has come back, as another process. */
async function activated(given: Scene, options = {}): Promise<string> {
  const { coordinator } = given;
  const before = coordinator.hellos.length;
  const id = coordinator.rollback(options);
  const exit = await coordinator.exited(id);
  assert.equal([exit.exitCode, exit.evidence?.guarded], [0, true], JSON.stringify(exit.evidence));
  await waitFor('the agent back', () => coordinator.hellos.length > before);
  await coordinator.shows('the guard', ({ guard }) => guard?.state === 'activated');
  return id;
}

/** How the guard of this command has ended, leaving nothing behind. */
async function ended(given: Scene, id: string): Promise<string> {
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

hostTest('the guard is a unit of its own, is started again when it is killed, and keeps', async (given) => {
  const { coordinator, host } = given;
  const id = await activated(given);
  const unit = await guardUnits(given);
  assert.match(unit, /^switchyard-guard-[0-9a-f]{16}\.service$/);
  const pid = () => host.machine.shell(`systemctl show --property=MainPID --value ${unit}`);
  const first = await pid();
  await host.machine.shell(`systemctl kill --signal=KILL ${unit}`);
  await waitFor('another one', pid, (now) => now !== first && now !== '0');
  coordinator.say({ type: 'command.keep', payload: { id } });
  assert.is(await ended(given, id), `kept keep, ${NEW}`);
});

hostTest('a system that takes the agent off the network is undone, and the agent is back', async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(
    `cd ${DIR}; echo 'ip link set uplink down' >test.new; echo 'ip link set uplink up' >test.old`,
  );
  const id = coordinator.rollback({ confirmMs: 8_000 });
  const isDown = () => host.machine.shell('cat /sys/class/net/uplink/operstate');
  await waitFor('a link that is down', isDown, (state) => state === 'down');
  const { sampledAt } = coordinator.report();
  assert.is(await ended(given, id), `undone deadline, ${OLD}`);
  assert.ok(coordinator.report().sampledAt - sampledAt > 7_000, 'nothing was heard of it meanwhile');
  assert.is((await coordinator.exited(id)).exitCode, 0);
});

hostTest("a system that masks the agent's unit is undone, and the agent is back", async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(`cd ${DIR}
    echo 'systemctl mask --runtime switchyard-agent; systemctl --no-block stop switchyard-agent' >test.new
    echo 'systemctl unmask --runtime switchyard-agent' >test.old`);
  const agent = await host.agentPid();
  const id = coordinator.rollback({ confirmMs: 4_000 });
  assert.is(await ended(given, id), `undone deadline, ${OLD}`);
  assert.is.not(await host.agentPid(), agent);
});

hostTest('a system that breaks the token is undone, and the agent is welcome again', async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(`cd ${DIR}
    echo 'mv /etc/switchyard/token /etc/switchyard/away; systemctl --no-block restart switchyard-agent' >test.new
    echo 'mv /etc/switchyard/away /etc/switchyard/token' >test.old`);
  const id = coordinator.rollback({ confirmMs: 4_000 });
  assert.is(await ended(given, id), `undone deadline, ${OLD}`);
});

hostTest('an activation that hangs is undone when it is told to, with all that it had started', async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(
    `cd ${DIR}; echo 'echo hangs >>${DIR}/log; (setsid sleep 4321 &); exec sleep 4321' >test.new`,
  );
  const id = coordinator.rollback();
  await waitFor(
    'the activation',
    () => host.machine.shell(`cat ${DIR}/log || true`),
    (log) => /^hangs$/m.test(log),
  );
  coordinator.say({ type: 'command.undo', payload: { id } });
  assert.is(await ended(given, id), `undone undo, ${OLD}`);
  assert.is((await coordinator.exited(id)).signal, 'SIGKILL');
  assert.is(await host.machine.shell("pgrep -cf '^sleep 4321' || true"), '0');
});

hostTest('an activation that is killed is undone at once', async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(`cd ${DIR}; echo 'echo hangs >>${DIR}/log; exec sleep 4321' >test.new`);
  const id = coordinator.rollback();
  await waitFor(
    'the activation',
    () => host.machine.shell(`cat ${DIR}/log || true`),
    (log) => /^hangs$/m.test(log),
  );
  coordinator.say({ type: 'command.kill', payload: { id, signal: 'SIGKILL', graceMs: 0, force: true } });
  assert.is(await ended(given, id), `undone activation, ${OLD}`);
});

hostTest('a power cut before the decision leads back', async (given) => {
  const { host } = given;
  const id = await activated(given);
  await host.machine.powerCut();
  await host.machine.boot();
  await host.machine.plugIn();
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

hostTest('a power cut in the middle of a keep leads to one system as a whole', async (given) => {
  const { host, coordinator } = given;
  const id = await activated(given);
  await host.machine.shell(`cd ${DIR}; echo 'echo cut >>${DIR}/log; sleep 4321' >boot.new`);
  coordinator.say({ type: 'command.keep', payload: { id } });
  await waitFor(
    'half a keep',
    () => host.machine.shell(`cat ${DIR}/log`),
    (log) => /^cut$/m.test(log),
  );
  await host.machine.powerCut();
  await host.machine.boot();
  await host.machine.plugIn();
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

/** Waits for its `cut` in the log, turns the power off there, and boots. */
async function cutAtWord({ host }: Scene): Promise<void> {
  await waitFor(
    'the moment',
    () => host.machine.shell(`cat ${DIR}/log || true`),
    (log) => /^cut$/m.test(log),
  );
  await host.machine.powerCut();
  await host.machine.boot();
  await host.machine.plugIn();
}

const CUT_HERE = `echo cut >>${DIR}/log; sleep 4321`;

hostTest('a power cut before the new system is active leads back', async (given) => {
  await given.host.machine.shell(`echo '${CUT_HERE}' >${DIR}/test.new`);
  const id = given.coordinator.rollback();
  await cutAtWord(given);
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

hostTest('a power cut when the new system is active and its activation goes on leads back', async (given) => {
  await given.host.machine.shell(`echo 'ln -sfn ${DIR}/store/new ${DIR}/current; ${CUT_HERE}' >${DIR}/test.new`);
  const id = given.coordinator.rollback();
  await cutAtWord(given);
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

hostTest('a power cut behind the boot default of a keep: the keep goes on', async (given) => {
  const { host, coordinator } = given;
  const id = await activated(given);
  await host.machine.shell(
    `echo '[ -e ${DIR}/once ] || { echo new >${DIR}/boot-default; touch ${DIR}/once; ${CUT_HERE}; }' >${DIR}/boot.new`,
  );
  coordinator.say({ type: 'command.keep', payload: { id } });
  await cutAtWord(given);
  assert.is(await ended(given, id), `kept keep, ${NEW}`);
});

hostTest('a power cut in the middle of an undo leads back', async (given) => {
  const { host, coordinator } = given;
  const id = await activated(given);
  await host.machine.shell(`echo '${CUT_HERE}' >${DIR}/test.old`);
  coordinator.say({ type: 'command.undo', payload: { id } });
  await cutAtWord(given);
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

hostTest("a person's own switch in the window is left alone", async (given) => {
  const { host } = given;
  const id = await activated(given, { confirmMs: 10_000 });
  const third = `${DIR}/store/third/bin/switch-to-configuration`;
  await host.machine.shell(`${third} test && ${third} boot`);
  assert.is(await ended(given, id), 'superseded deadline, third system-2-link third');
});

test.run();
