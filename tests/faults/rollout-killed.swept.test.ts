import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type RolloutsApi, rolloutsOf } from '../harness/rollouts.ts';
import { swept } from '../harness/sweep.ts';
import { type System, startSystem } from '../harness/system.ts';

const HOSTS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

let system: System;
let rollouts: RolloutsApi;
let deeds: string;

test.before(async () => {
  system = await startSystem();
  rollouts = rolloutsOf(system.api);
  deeds = join(system.dir, 'steps');
  for (const name of HOSTS)
    await system.addHost(name, {
      ops: { step: `echo ${name} >>'${deeds}'; sleep 0.5`, second: `echo ${name}-2 >>'${deeds}'` },
    });
  await waitFor('all hosts online', async () => {
    const hosts = await Promise.all(HOSTS.map((name) => system.api.host(name)));
    return hosts.every(({ online }) => online);
  });
});
test.after(() => system.close());

const done = (): string[] => (existsSync(deeds) ? readFileSync(deeds, 'utf8').split('\n').filter(Boolean) : []);

test('killed -9 during its waves: no step runs twice, none is left out, and waves keep their order', async () => {
  const id = await rollouts.start({
    steps: [{ op: 'step' }, { op: 'second' }],
    hosts: HOSTS,
    waves: [1, 1, 2].map((count) => ({ count, soakMs: 1_000 })),
  });
  for (const steps of swept([1, 2, 3, 5, 8, 11], 3)) {
    await waitFor(`${steps} steps`, () => done().length >= steps);
    await system.coordinator.kill('SIGKILL');
    await system.coordinator.start();
  }
  const rollout = await rollouts.settled(id);
  assert.equal([rollout.status, rollout.counts.proven], ['DONE', HOSTS.length], JSON.stringify(rollout.hosts));
  const ran = done();
  assert.equal([...ran].sort(), HOSTS.flatMap((name) => [name, `${name}-2`]).sort(), 'each step once a host');
  const waveOf = new Map(rollout.hosts.map(({ host, wave }) => [host, wave]));
  const order = ran.map((word) => waveOf.get(word.replace(/-2$/, '')) ?? -1);
  assert.equal(order, [...order].sort(), 'no host of a later wave began before');
});

test('stopped and killed -9: nobody begins afterwards', async () => {
  const before = done().length;
  const id = await rollouts.start({
    steps: [{ op: 'step' }],
    hosts: HOSTS,
    waves: [{ count: 1, soakMs: 2_000 }],
  });
  await waitFor('the first', () => done().length > before);
  await rollouts.decide(id, 'stop');
  await system.coordinator.kill('SIGKILL');
  await system.coordinator.start();
  // Waits as long as all hosts would have taken.
  await waitFor('all hosts back', async () => {
    const hosts = await Promise.all(HOSTS.map((name) => system.api.host(name)));
    return hosts.every(({ online }) => online);
  });
  const seen = await rollouts.view(id);
  assert.equal([seen.status, seen.counts.skipped], ['STOPPED', HOSTS.length - 1]);
  assert.is(done().length, before + 1);
});

test.run();
