import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createNixFleet, type NixFleet } from '../fixtures/nix-fleet.ts';
import { type RolloutsApi, rolloutsOf } from '../harness/rollouts.ts';
import { type System, startSystem } from '../harness/system.ts';

// Hosts that pull and switch a real repository, whose agents run from their active systems. Each test continues from the one before.

const HOSTS = ['web1', 'web2'];

let fleet: NixFleet;
let system: System;
let rollouts: RolloutsApi;

test.before(async () => {
  fleet = await createNixFleet({ hosts: HOSTS, bundle: agentBundle, usesNix: false });
  system = await startSystem({ config: `[target]\nrepoUrl = "${fleet.repoUrl}"\npollMs = 600000\n` });
  rollouts = rolloutsOf(system.api);
  for (const name of HOSTS) {
    const { dir, env, installedPath, install } = fleet.host(name);
    install();
    await system.addHost(name, { dir, env, program: installedPath });
    assert.is((await system.run('pull', name, { force: true })).status, 'SUCCESS');
  }
});
test.after(async () => {
  await system?.close();
  fleet?.close();
});

const STEPS = [{ op: 'pull' }, { op: 'switch' }];

/** The rollout of the newest commit: the first host alone, then the other. */
async function rollOut(soakMs = 0): Promise<string> {
  await system.api.refreshTarget();
  return await rollouts.start({ steps: STEPS, hosts: HOSTS, waves: [{ count: 1, soakMs }] });
}

const standings = async (id: string) =>
  (await rollouts.view(id)).hosts.map(({ host, standing, code }) => [host, standing, code]);

test('a fresh build goes through, and proves each host', async () => {
  await fleet.bumpAgent(agentBundle);
  const id = await rollOut();
  assert.is((await rollouts.settled(id)).status, 'DONE');
  assert.equal(await standings(id), [
    ['web1', 'proven', null],
    ['web2', 'proven', null],
  ]);
});

test('tests that were red before the rollout do not stop it', async () => {
  fleet.breakTest('web1', '20-broken.sh');
  await system.api.refreshTarget();
  await system.run('pull', 'web1');
  assert.is((await system.run('test', 'web1')).status, 'ERROR');
  fleet.commitConfig('web1', 'another motd');
  fleet.commitConfig('web2', 'another motd');
  const id = await rollOut(2_000);
  assert.is((await rollouts.settled(id)).status, 'DONE');
});

test('a fault that shows only later in the soak stops it: the first healthy sample is not the last', async () => {
  fleet.commitConfig('web1', 'a third motd');
  fleet.commitTest('web2', '30-later.sh', 'exit 1');
  await system.api.refreshTarget();
  const id = await rollouts.start({
    steps: STEPS,
    hosts: ['web2', 'web1'],
    waves: [{ hosts: ['web2'], soakMs: 600_000 }],
  });
  const soaking = await rollouts.until(id, 'a soak', ({ waves }) => waves[0]?.status === 'soaking');
  const leftAtFirst = (soaking.waves[0]?.soakUntil ?? 0) - Date.now();
  await rollouts.until(
    id,
    'a healthy sample',
    ({ waves }) => (waves[0]?.soakUntil ?? 0) - Date.now() < leftAtFirst - 2_000,
  );
  await system.run('test', 'web2');
  const { status, reason, hosts } = await rollouts.settled(id);
  assert.equal([status, reason?.code, reason?.message], ['PAUSED', 'gate', 'web2: tests is in error']);
  assert.equal(hosts.find(({ host }) => host === 'web1')?.commandId, null, 'nothing behind it ran');
  const quarantined = (await (await system.api.send('/api/quarantine')).json()) as { commit: string }[];
  assert.equal(quarantined.length, 1, 'a commit that breaks a gate is quarantined');
  await rollouts.decide(id, 'stop');
});

test('a host still on the old image is never proven, and nothing behind it runs', async () => {
  const commit = fleet.bumpPinOnly();
  const id = await rollOut();
  const seen = await rollouts.settled(id);
  assert.equal([seen.status, seen.reason?.code], ['PAUSED', 'failures']);
  assert.equal(await standings(id), [
    ['web1', 'failed', 'stale_binary'],
    ['web2', 'waiting', null],
  ]);
  const quarantined = (await (await system.api.send('/api/quarantine')).json()) as { commit: string }[];
  assert.ok(quarantined.some((one) => one.commit === seen.commit));
  assert.is(seen.commit, commit);
  // A retry runs it once more, and believes it no more than before.
  await rollouts.decide(id, 'retry');
  const again = await waitFor('the end of the retry', async () => {
    const now = await rollouts.view(id);
    return now.status === 'PAUSED' && now.rev > seen.rev && now;
  });
  assert.is(again.counts.proven, 0);
});

test.run();
