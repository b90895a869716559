import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { procMissing, testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createNixFleet, type NixFleet } from '../fixtures/nix-fleet.ts';
import { BUILD_SYSTEM_SH } from '../fixtures/nix-fleet-files.ts';
import { processesOf } from '../harness/census.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import type { TestHost } from '../harness/host.ts';
import { type System, startSystem } from '../harness/system.ts';

const nixTest = testUnless([toolMissing('nix')]);
const treeTest = testUnless([toolMissing('nix'), procMissing()]);

/** A host that has pulled, a builder that does what the test says, and an activation that waits at a gate. */
type Scene = { system: System; fleet: NixFleet; host: TestHost; build(script: string): void };

let scene: Scene | null = null;

async function laid(): Promise<Scene> {
  const fleet = await createNixFleet({ hosts: ['web1'], bundle: agentBundle });
  const system = await startSystem();
  const { dir, env, installedPath, install } = fleet.host('web1');
  const builder = join(env.SWITCHYARD_REPO_DIR ?? '', 'build-system.sh');
  const build = (script: string) => writeFileSync(builder, `${script}\n${BUILD_SYSTEM_SH}`);
  install();
  fleet.commitActivation('web1', waitAtGate(fleet.dir, 'activated'));
  const host = await system.addHost('web1', { dir, env, program: installedPath });
  await system.run('pull', 'web1');
  return { system, fleet, host, build };
}

const inScene = (body: (scene: Scene) => Promise<void>) => async () => {
  scene ??= await laid();
  try {
    await body(scene);
  } catch (error) {
    console.log(scene.system.logs());
    throw error;
  }
};
test.after(async () => {
  await scene?.system.close();
  scene?.fleet.close();
});

nixTest(
  'a command shows what nix builds, also after the agent was killed, and its output is readable',
  inScene(async ({ system, fleet, host, build }) => {
    const phase = (name: string) => `echo '@nix { "action": "setPhase", "phase": "${name}" }'`;
    build(
      [
        phase('buildPhase'),
        'echo compiling',
        waitAtGate(fleet.dir, 'compiled'),
        phase('installPhase'),
        waitAtGate(fleet.dir, 'installed'),
      ].join('\n'),
    );
    const id = await system.dispatch('switch', 'web1');
    const progress = (phase: string, text: string | null) =>
      system.command(id, ({ progress }) => progress?.phase === phase && progress.text === text);

    const building = await progress('build', '0 of 1 built · nixos-system-web1 (buildPhase)');
    assert.equal([building.status, building.progress?.current, building.progress?.total], ['EXECUTING', 0, 1]);

    await host.agent.crash();
    await host.offline();
    openGate(fleet.dir, 'compiled');
    const spooled = () => readFileSync(join(host.stateDir, 'spool', id, 'evidence', 'progress'), 'utf8');
    await waitFor('the next phase of the builder', spooled, (text) => text.includes('installPhase'));
    host.agent.start();
    await progress('build', '0 of 1 built · nixos-system-web1 (installPhase)');

    openGate(fleet.dir, 'installed');
    await progress('activate', null);
    openGate(fleet.dir, 'activated');
    const { status, message, evidence } = await system.command(id);
    assert.is(status, 'SUCCESS', message ?? '');
    assert.ok(evidence?.builtPath);
    const output = (await system.api.output(id)).toString();
    assert.match(output, /^building '\/nix\/store\/.*-nixos-system-web1\.drv'$/m);
    assert.match(output, /^nixos-system-web1> compiling$/m);
    assert.not.match(output, '@nix');
  }),
);

nixTest(
  'a build that fails leaves in the record how far it came, and its own words in the output',
  inScene(async ({ system, build }) => {
    build('echo "no such header" >&2; exit 9');
    const { id, status, exitCode, progress } = await system.run('switch', 'web1');
    assert.equal([status, exitCode], ['ERROR', 1]);
    assert.equal(progress, { phase: 'build', current: 0, total: 1, text: '0 of 1 built, 1 failed' });
    const output = (await system.api.output(id)).toString();
    assert.match(output, /^nixos-system-web1> no such header$/m);
    assert.match(output, /^error: builder for '.*-nixos-system-web1\.drv' failed with exit code 9/m);
    assert.not.match(output, '@nix');
  }),
);

/** Dispatches a switch with a long-running builder, and resolves once it runs. */
async function startLongBuild({ system, fleet, build }: Scene) {
  // The builder's environment comes from nix: only its arguments show that it belongs here.
  const mark = `${fleet.dir}/builder`;
  build(`exec /bin/sh -c 'echo waiting; sleep 300' ${mark}`);
  const id = await system.dispatch('switch', 'web1');
  const builders = () => processesOf(mark).length;
  await waitFor('the builder', builders, (count) => count > 0);
  return {
    id,
    step: () => processesOf(`spool/${id}`).find(({ command }) => command.includes(' step nix ')),
    async nothingIsLeft() {
      assert.equal(processesOf(`spool/${id}`), []);
      await waitFor('the end of the builder', builders, (count) => count === 0);
    },
  };
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const)
  treeTest(
    `a kill by ${signal} in the middle of a build leaves neither nix nor its builder`,
    inScene(async (scene) => {
      const { id, nothingIsLeft } = await startLongBuild(scene);
      await scene.system.dispatch('kill', 'web1', { options: { signal } });
      const { status, code, kill } = await scene.system.command(id);
      assert.equal([status, code], ['KILLED', 'killed']);
      assert.is(kill?.escalatedAt === null, signal === 'SIGTERM', 'nix ends by SIGTERM');
      await nothingIsLeft();
    }),
  );

treeTest(
  'where the step that reads nix is killed on its own, nix is ended and the command is an ERROR',
  inScene(async (scene) => {
    const { id, step, nothingIsLeft } = await startLongBuild(scene);
    const pid = step()?.pid;
    if (!pid) throw new Error('there is no step to kill');
    process.kill(pid, 'SIGKILL');
    const { status, exitCode } = await scene.system.command(id);
    assert.equal([status, exitCode], ['ERROR', 137]);
    await nothingIsLeft();
  }),
);

test.run();
