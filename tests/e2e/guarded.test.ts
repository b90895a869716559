import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { createNixFleet, type NixFleet } from '../fixtures/nix-fleet.ts';
import { type System, startSystem } from '../harness/system.ts';

// Coordinator and agent with a real flake: a switch in contact is kept, a failed or unconfirmed one is undone.

let fleet: NixFleet | null = null;
let system: System | null = null;
test.after(async () => {
  await system?.close();
  fleet?.close();
});

const guardTest = testUnless([toolMissing('nix')]);

async function scene(): Promise<{ system: System; fleet: NixFleet }> {
  if (!fleet || !system) {
    fleet = await createNixFleet({ hosts: ['web1'], bundle: agentBundle, usesNix: true });
    system = await startSystem();
    const { dir, env, installedPath, install } = fleet.host('web1');
    install();
    await system.addHost('web1', { dir, env: { ...env, SWITCHYARD_GUARD: 'on' }, program: installedPath });
  }
  return { system, fleet };
}

guardTest('a switch is kept once its host is in contact, and ends by the verdict that it had', async () => {
  const { system, fleet } = await scene();
  fleet.commitConfig('web1', 'guarded');
  const { status, code, message, evidence, after } = await system.run('pull-switch', 'web1');
  assert.equal([status, code, evidence?.guarded], ['SUCCESS', null, true], message ?? '');
  assert.equal([after?.systemPath, after?.profilePath, after?.guard], [evidence?.builtPath, evidence?.builtPath, null]);
});

guardTest('an activation that fails is undone: ROLLED_BACK', async () => {
  const { system, fleet } = await scene();
  fleet.commitActivation('web1', 'exit 2');
  const { status, code, after, before, message } = await system.run('pull-switch', 'web1', { queueMs: 30_000 });
  assert.equal([status, code], ['ROLLED_BACK', 'activation_failed'], message ?? '');
  assert.equal([after?.systemPath, after?.profilePath], [before?.systemPath, before?.profilePath]);
});

test.run();
