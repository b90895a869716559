import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rolloutScene, STEPS } from './rollout-scene.ts';

const scene = rolloutScene();

test('tests that failed before the rollout do not stop it', async () => {
  const { fleet, rollOut, rollouts, system } = scene();
  fleet.breakTest('web1', '20-broken.sh');
  await system.api.refreshTarget();
  await system.run('pull', 'web1');
  assert.is((await system.run('test', 'web1')).status, 'ERROR');
  fleet.commitConfig('web1', 'another motd');
  fleet.commitConfig('web2', 'another motd');
  const id = await rollOut(2_000);
  assert.is((await rollouts.settled(id)).status, 'DONE');
});

test('a fault that shows only later in the soak stops the rollout, although the first sample was healthy', async () => {
  const { fleet, rollouts, system } = scene();
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
  assert.equal(hosts.find(({ host }) => host === 'web1')?.commandId, null, 'nothing ran in the later wave');
  const quarantined = (await (await system.api.send('/api/quarantine')).json()) as { commit: string }[];
  assert.equal(quarantined.length, 1, 'a commit that breaks a gate is quarantined');
  await rollouts.decide(id, 'stop');
});

test.run();
