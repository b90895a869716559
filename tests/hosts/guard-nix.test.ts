import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newId } from '../../shared/ids.ts';
import { createNixFleet, type NixFleet } from '../fixtures/nix-fleet.ts';
import { type BareCoordinator, startBareCoordinator } from '../guard/bare-coordinator.ts';
import type { Api } from '../harness/api.ts';
import { AGENT_PATH, type BootedHost, bootHost, hostsUnfit } from './booted-host.ts';
import type { Machine } from './machine.ts';

// Guarded switches of a real flake: Nix builds, and nix-env moves the profile.

const PROFILE = '/nix/var/nix/profiles/system';

type Scene = { coordinator: BareCoordinator; host: BootedHost; fleet: NixFleet };

async function boot(): Promise<Scene> {
  const coordinator = await startBareCoordinator();
  const fleet = await createNixFleet({ hosts: ['web1'], bundle: agentBundle, usesNix: true });
  const { installedPath, currentSystem } = fleet.host('web1');
  const install = async (machine: Machine) => {
    mkdirSync(dirname(machine.path(AGENT_PATH)), { recursive: true });
    symlinkSync(installedPath, machine.path(AGENT_PATH));
    await machine.shell(`
      nix --extra-experimental-features 'nix-command flakes' build --no-write-lock-file --out-link /root/first \\
        '${fleet.dir}/config#nixosConfigurations."web1".config.system.build.toplevel'
      nix-env --profile ${PROFILE} --set /root/first
      /root/first/bin/switch-to-configuration switch`);
  };
  const api = {
    addHost: async () => ({ hostId: newId(), token: 'token' }),
    host: async () => ({ online: coordinator.isOnline() }),
  } as unknown as Api;
  const home = { api, coordinator: { address: `http://127.0.0.1:${coordinator.port}` } };
  const host = await bootHost(home, 'web1', {
    env: {
      SWITCHYARD_PLATFORM: 'nixos',
      SWITCHYARD_PROFILE: PROFILE,
      SWITCHYARD_CURRENT_SYSTEM: currentSystem,
      SWITCHYARD_REPO_URL: fleet.repoUrl,
      SWITCHYARD_REPO_DIR: '/var/lib/switchyard-agent/repo',
    },
    binds: [fleet.dir],
    install,
  });
  return { coordinator, host, fleet };
}

const unfit = (await hostsUnfit()) ?? toolMissing('nix');
const declare = testUnless([unfit]);
let scene: Scene | null = null;
if (!unfit) {
  test.before(async () => {
    scene = await boot();
  });
  test.after(async () => {
    await scene?.host.close();
    scene?.coordinator.stop();
    scene?.fleet.close();
  });
}

const hostTest = (title: string, body: (given: Scene) => Promise<void>) =>
  declare(title, async () => {
    if (!scene) throw new Error('the host did not boot');
    try {
      await body(scene);
    } catch (error) {
      console.log((await scene.host.journal().catch(String)).slice(-6_000));
      throw error;
    }
  });

/** The host's state: the active system, the profile's, and the one that its boot loader starts. */
async function stands({ host, fleet }: Scene): Promise<string[]> {
  const { currentSystem, dir } = fleet.host('web1');
  const text = await host.machine.shell(`readlink -f ${currentSystem} ${PROFILE}; cat ${dir}/boot-default`);
  return text.split('\n');
}

const unit = (command: string) => `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=${command}\n`;

const endOf = async ({ coordinator }: Scene, id: string) =>
  (await coordinator.shows('the end', ({ guardEnd }) => guardEnd?.commandId === id)).guardEnd;

hostTest('a kept switch has the profile and the boot default', async (given) => {
  const { coordinator, fleet } = given;
  const [old] = await stands(given);
  fleet.commitSystem('web1', { 'units/trouble.service': unit('/bin/false') });
  const before = coordinator.hellos.length;
  const id = coordinator.run('pull-switch');
  const { exitCode, evidence } = await coordinator.exited(id);
  assert.equal([exitCode, evidence?.guarded, evidence?.systemPathBefore], [4, true, old], evidence?.failure?.message);
  assert.equal([evidence?.failedUnits, evidence?.failedUnitsBefore], [['trouble.service'], []]);
  assert.equal(await stands(given), [evidence?.builtPath, old, old]);
  // The agent that leaves would not hear it.
  await waitFor('the agent back', () => coordinator.hellos.length > before);
  await coordinator.shows('the guard', ({ guard }) => guard?.state === 'activated');
  coordinator.say({ type: 'command.keep', payload: { id } });
  assert.is((await endOf(given, id))?.end, 'kept');
  assert.equal(await stands(given), [evidence?.builtPath, evidence?.builtPath, evidence?.builtPath]);
  const { profilePath } = await coordinator.shows('the profile', ({ guard }) => guard === null);
  assert.is(profilePath, evidence?.builtPath);
});

hostTest(
  'a switch that nobody keeps is undone, with its units; a unit that had failed before is not its fault',
  async (given) => {
    const { coordinator, host, fleet } = given;
    const before = await stands(given);
    fleet.commitSystem('web1', {
      'units/fine.service': unit('/bin/true'),
      'units/broken.service': unit('/bin/false'),
      // Units that had failed before fail again.
      'activation.sh': '#!/bin/sh\nsystemd-run --quiet --collect --unit=old-trouble-2 true; exit 4\n',
    });
    const id = coordinator.run('pull-switch', { confirmMs: 6_000 });
    const { exitCode, evidence } = await coordinator.exited(id);
    assert.equal(
      [exitCode, evidence?.failedUnits, evidence?.failedUnitsBefore],
      [4, ['broken.service'], ['trouble.service']],
    );
    assert.equal((await endOf(given, id))?.cause, 'deadline');
    assert.equal(await stands(given), before);
    assert.is(await host.machine.shell('systemctl is-active fine.service || true'), 'inactive');
  },
);

test.run();
