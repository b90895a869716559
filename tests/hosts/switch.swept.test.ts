import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createNixFleet, type NixFleet } from '../fixtures/nix-fleet.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { IS_WHOLE } from '../harness/sweep.ts';
import type { System } from '../harness/system.ts';
import { AGENT_PATH, type BootedHost } from './booted-host.ts';
import type { Machine } from './machine.ts';
import { setScene } from './scene.ts';

const PROFILE = '/nix/var/nix/profiles/system';

/** Long enough for an agent that can start, short for a test that waits for one that can't. */
const CONFIG = '[ops.pull-switch]\nreconnectMs = 8000\n';

let fleet: NixFleet | null = null;
test.after(() => fleet?.close());

const hostTest = await setScene({ config: CONFIG, unfit: toolMissing('nix') }, async ({ addHost }) => {
  const created = await createNixFleet({ hosts: ['web1'], bundle: agentBundle, usesNix: true });
  fleet = created;
  const { dir, installedPath, currentSystem } = created.host('web1');
  const install = async (machine: Machine) => {
    mkdirSync(dirname(machine.path(AGENT_PATH)), { recursive: true });
    symlinkSync(installedPath, machine.path(AGENT_PATH));
    await machine.shell(`
      nix --extra-experimental-features 'nix-command flakes' build --no-write-lock-file --out-link /root/first \\
        '${created.dir}/config#nixosConfigurations."web1".config.system.build.toplevel'
      nix-env --profile ${PROFILE} --set /root/first
      /root/first/bin/switch-to-configuration switch`);
  };
  const host = await addHost('web1', {
    env: {
      // These activations are unguarded: nobody would confirm them.
      SWITCHYARD_GUARD: 'off',
      SWITCHYARD_PLATFORM: 'nixos',
      SWITCHYARD_PROFILE: PROFILE,
      SWITCHYARD_REPO_URL: created.repoUrl,
      SWITCHYARD_REPO_DIR: '/var/lib/switchyard-agent/repo',
    },
    binds: [created.dir],
    install,
  });
  return { host, fleet: created, currentSystem, gate: `${dir}/gate` };
});

const pullSwitch = (system: System) => system.run('pull-switch', 'web1', { queueMs: 30_000 });

hostTest(
  'a switch to a configuration with a new build of the agent restarts the unit into it',
  async ({ system, host, fleet }) => {
    await fleet.bumpAgent(agentBundle);
    const agent = await host.agentPid();
    const { status, code, verdict, before, after, evidence } = await pullSwitch(system);
    assert.equal([status, code, verdict?.freshness], ['SUCCESS', null, 'FRESH'], verdict?.reason);
    assert.equal([verdict?.commit, verdict?.path, verdict?.hash], ['changed', 'changed', 'changed']);
    const [from, to] = [before?.freshness.storePath, after?.freshness.storePath];
    for (const path of [from, to]) assert.match(String(path), /^\/nix\/store\/\w{32}-/);
    assert.is.not(from, to);
    assert.is(after?.freshness.sourceCommit, fleet.pin());
    assert.is(after?.systemPath, evidence?.builtPath);
    assert.is.not(await host.agentPid(), agent);
    assert.match(await host.journal(), '"status":101,"msg":"leaving"');
  },
);

hostTest(
  'a switch that leaves the agent as it was is a SUCCESS, and the agent UNCHANGED',
  async ({ system, fleet }) => {
    fleet.commitConfig('web1', 'another text');
    const { status, verdict, before, after } = await pullSwitch(system);
    assert.equal([status, verdict?.freshness], ['SUCCESS', 'UNCHANGED'], verdict?.reason);
    assert.equal(after?.freshness, before?.freshness);
    assert.is.not(after?.systemPath, before?.systemPath);
  },
);

// Takes six more switches.
if (IS_WHOLE)
  hostTest('after refused switches a rollback puts the profile back, and goes no generation too far', async (given) => {
    const { system, host, fleet, currentSystem } = given;
    await host.machine.shell(`ln -sfn ${currentSystem} /run/current-system`);
    const stands = async () => {
      const [profile, active] = (await host.machine.shell(`readlink ${PROFILE}; readlink -f ${currentSystem}`)).split(
        '\n',
      );
      return { generation: Number(/-(\d+)-link$/.exec(profile ?? '')?.[1]), active };
    };
    const before = await stands();
    for (const motd of ['refused', 'refused again']) {
      fleet.commitSystem('web1', { 'services.sh': 'echo "Could not acquire lock" >&2; exit 11', motd });
      const refused = await pullSwitch(system);
      assert.equal([refused.status, refused.code, refused.exitCode], ['ERROR', 'exit_nonzero', 11]);
      assert.match(refused.message ?? '', `${before.active} is still active; the profile leads to generation`);
      assert.match(
        refused.hint ?? '',
        /Wait for the other activation.* A rollback puts the profile back to what is active, if that is a generation of it\.$/,
      );
    }
    assert.equal(await stands(), { generation: before.generation + 2, active: before.active });

    const back = await system.run('rollback', 'web1', { queueMs: 30_000 });
    assert.equal([back.status, back.code], ['SUCCESS', null], back.message ?? '');
    assert.match(back.message ?? '', `Generation ${before.generation} was active already`);
    assert.equal(await stands(), before);

    const further = await system.run('rollback', 'web1', { queueMs: 30_000 });
    assert.equal(
      [further.status, further.message?.split(';')[0]],
      ['SUCCESS', `Generation ${before.generation - 1} is active`],
    );
    assert.is((await stands()).generation, before.generation - 1);
    fleet.commitSystem('web1', { 'services.sh': 'true' });
    assert.is((await pullSwitch(system)).status, 'SUCCESS');

    const past = await system.run('rollback', 'web1', { queueMs: 30_000 });
    assert.equal([past.status, past.message?.split(';')[0]], ['SUCCESS', `Generation ${before.generation} is active`]);
    assert.equal(await stands(), before, 'refused generations are passed over');
    assert.is((await pullSwitch(system)).status, 'SUCCESS');
  });

hostTest(
  'after a power cut in the middle of an activation the switch is aborted, and can be done again',
  async (given) => {
    const { system, host, fleet, gate } = given;
    fleet.commitActivation('web1', `[ -e ${gate} ] || { touch ${gate}; echo half; sleep 1000; }`);
    const id = await system.dispatch('pull-switch', 'web1');
    await waitFor('half an activation', () => existsSync(gate));
    await host.machine.powerCut();
    await host.machine.boot();
    const cut = await system.command(id);
    assert.equal([cut.status, cut.code], ['ABORTED_BY_REBOOT', 'host_rebooted']);
    await host.online();
    const again = await pullSwitch(system);
    assert.equal([again.status, again.verdict?.freshness], ['SUCCESS', 'UNCHANGED'], again.verdict?.reason);
  },
);

/** Has left its group, session, parent and environment and ignores SIGTERM: only the cgroup shows that it belongs to the switch. */
const RUNAWAY = `cp -n "$(command -v sleep)" /tmp/runaway
(setsid env -i sh -c 'trap "" TERM; exec /tmp/runaway 1000' &)`;

/** The id of a switch whose activation stands at the gate, with a runaway beside it. */
async function activating({ system, fleet }: { system: System; fleet: NixFleet }, gate: string): Promise<string> {
  fleet.commitActivation('web1', `${RUNAWAY}\necho half\n${waitAtGate(fleet.dir, gate)}\necho whole`);
  const id = await system.dispatch('pull-switch', 'web1', { queueMs: 30_000 });
  await waitFor('half an activation', async () => /^half$/m.test(await outputOf(system, id)));
  return id;
}

const outputOf = async (system: System, id: string) => (await system.api.output(id)).toString();
const runaways = (host: BootedHost) => host.machine.shell('pgrep -xc runaway || true');
const unitsOf = (host: BootedHost, id: string) =>
  host.machine.shell(`systemctl list-units --plain --no-legend 'switchyard-*-${id}-*'`);
const noUnit = (host: BootedHost, id: string) =>
  waitFor(
    'no unit',
    () => unitsOf(host, id),
    (text) => text === '',
  );

hostTest('a kill that comes during an activation signals nothing until that is whole', async (given) => {
  const { system, host, fleet } = given;
  const id = await activating(given, 'deferred');
  const killId = await system.dispatch('kill', 'web1', { options: { graceMs: 100 } });
  const waiting = await system.command(id, ({ kill }) => kill?.stage === 'deferred');
  assert.equal([waiting.status, await runaways(host)], ['KILLING', '1']);
  openGate(fleet.dir, 'deferred');
  const { status, exitCode, verdict, before, after } = await system.command(id);
  assert.equal([status, exitCode, verdict?.freshness], ['SUCCESS', 0, 'UNCHANGED'], verdict?.reason);
  assert.is.not(after?.systemPath, before?.systemPath);
  assert.match(await outputOf(system, id), /^whole$/m);
  const kill = await system.command(killId);
  assert.equal([kill.status, kill.code], ['SUCCESS', 'already_ended']);
  assert.is(await runaways(host), '0');
  await noUnit(host, id);
});

hostTest(
  'with force it ends the activation, and all that this has started; the host can be switched again',
  async (given) => {
    const { system, host, fleet } = given;
    const id = await activating(given, 'forced');
    assert.equal([await runaways(host), (await unitsOf(host, id)) === ''], ['1', false]);
    const kill = await system.run('kill', 'web1', { options: { graceMs: 100, force: true } });
    assert.equal([kill.status, kill.code], ['SUCCESS', null]);
    const killed = await system.command(id);
    assert.equal([killed.status, killed.kill?.stage], ['KILLED', 'dead']);
    assert.not.match(await outputOf(system, id), /^whole$/m);
    assert.is(await runaways(host), '0');
    await noUnit(host, id);
    fleet.commitActivation('web1', 'true');
    const again = await pullSwitch(system);
    assert.equal([again.status, again.verdict?.freshness], ['SUCCESS', 'UNCHANGED'], again.verdict?.reason);
  },
);

hostTest('a switch whose new agent cannot start is a TIMEOUT, until the host is rolled back by hand', async (given) => {
  const { system, host, fleet } = given;
  await fleet.bumpAgent(() => 'process.exit(1);\n');
  const { status, code } = await pullSwitch(system);
  assert.equal([status, code], ['TIMEOUT', 'no_reconnect']);
  assert.is((await system.api.host('web1')).online, false);
  assert.equal(
    (await system.api.attention()).map(({ kind }) => kind),
    ['no_reconnect'],
  );
  await host.machine.shell(`
    nix-env --profile ${PROFILE} --rollback
    ${PROFILE}/bin/switch-to-configuration switch`);
  await host.online();
  assert.is((await system.run('check-version', 'web1')).status, 'SUCCESS');
});

test.run();
