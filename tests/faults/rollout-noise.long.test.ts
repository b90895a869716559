import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openGate, waitAtGate } from '../harness/gate.ts';
import type { TestHost } from '../harness/host.ts';
import { type RolloutsApi, rolloutsOf } from '../harness/rollouts.ts';
import { type System, startSystem } from '../harness/system.ts';

// Hosts sleep, fall silent, hang, or are used by a person: a rollout neither passes them off as well, nor waits forever, nor stops.

const NAMES = ['h1', 'h2', 'h3'];

let system: System;
let rollouts: RolloutsApi;
let deeds: string;
const hosts = new Map<string, TestHost>();

test.before(async () => {
  system = await startSystem({ config: '[ops.step]\nnotAfterMs = 600000\n' });
  rollouts = rolloutsOf(system.api);
  deeds = join(system.dir, 'steps');
  const ops = {
    step: `echo step >>'${deeds}'`,
    hang: 'sleep 600',
    work: waitAtGate(system.dir),
  };
  for (const name of NAMES) hosts.set(name, await system.addHost(name, { ops }));
});
test.after(() => system?.close());

const host = (name: string): TestHost => {
  const found = hosts.get(name);
  if (!found) throw new Error(name);
  return found;
};
const steps = (): number => (existsSync(deeds) ? readFileSync(deeds, 'utf8').split('\n').filter(Boolean).length : 0);
const STEP = [{ op: 'step' }];
const standingOf = async (id: string, name: string) => {
  const found = (await rollouts.view(id)).hosts.find((one) => one.host === name);
  return [found?.standing, found?.code];
};

test('an agent that is silent while connected extends the soak, and is not a fault', async () => {
  const id = await rollouts.start({ steps: STEP, hosts: ['h1', 'h2'], waves: [{ hosts: ['h1'], soakMs: 2_000 }] });
  await rollouts.until(id, 'the soak', ({ waves }) => waves[0]?.status === 'soaking');
  host('h1').agent.kill('SIGSTOP');
  try {
    // Twice as long as the soak would have taken.
    const since = Date.now();
    const { waves, status } = await rollouts.until(id, 'time', () => Date.now() - since > 4_000);
    assert.equal([status, waves[0]?.status], ['RUNNING', 'soaking']);
    assert.equal(await standingOf(id, 'h2'), ['waiting', null]);
  } finally {
    host('h1').agent.kill('SIGCONT');
  }
  assert.is((await rollouts.settled(id)).status, 'DONE');
});

test('a laptop that sleeps in the first wave is listed, does not stop the others, and catches up', async () => {
  await host('h1').agent.stop();
  await host('h1').offline();
  const id = await rollouts.start({ steps: STEP, hosts: NAMES, waves: [{ hosts: ['h1', 'h2'], soakMs: 500 }] });
  const done = await rollouts.settled(id);
  assert.equal([done.status, done.counts.proven, done.counts.deferred], ['DONE', 2, 1]);
  assert.equal(await standingOf(id, 'h1'), ['deferred', 'host_offline']);
  await host('h1').agent.start();
  await rollouts.until(id, 'h1 to catch up', ({ counts }) => counts.proven === 3);
});

test('a wave with no host online pauses the rollout, and says so', async () => {
  await host('h1').agent.stop();
  await host('h1').offline();
  const before = steps();
  const id = await rollouts.start({ steps: STEP, hosts: NAMES, waves: [{ hosts: ['h1'], soakMs: 0 }] });
  const { status, reason } = await rollouts.settled(id);
  assert.equal([status, reason?.code], ['PAUSED', 'hosts_offline']);
  assert.is(steps(), before);
  // After a stop, a host that comes back gets nothing.
  await rollouts.decide(id, 'stop');
  await host('h1').agent.start();
  await host('h1').online();
  assert.is((await system.run('step', 'h1')).status, 'SUCCESS', 'it takes commands');
  assert.equal([steps(), (await rollouts.view(id)).status], [before + 1, 'STOPPED']);
});

test('a step that hangs fails at its deadline, and is not retried after a stop', async () => {
  const id = await rollouts.start({
    steps: [{ op: 'hang' }],
    hosts: ['h1', 'h2'],
    waves: [{ hosts: ['h1'], soakMs: 0 }],
    stepDeadlineMs: 1_000,
  });
  const { status, reason, hosts: seen } = await rollouts.settled(id);
  assert.equal(
    [status, reason?.code, seen[0]?.standing, seen[0]?.code],
    ['PAUSED', 'failures', 'failed', 'step_deadline'],
  );
  await rollouts.decide(id, 'stop');
  const commandId = seen[0]?.commandId ?? '';
  await system.api.dispatch({ op: 'kill', hosts: ['h1'], options: { commandId } });
  assert.is((await system.command(commandId)).status, 'KILLED');
  const active = await system.api.commands('?active=true');
  assert.equal(active, [], 'no command of the rollout goes on');
});

test('a host that a person is using gets its turn when they are done', async () => {
  const work = await system.dispatch('work', 'h1');
  await system.command(work, ({ status }) => status === 'EXECUTING');
  const id = await rollouts.start({ steps: STEP, hosts: ['h1', 'h2'], waves: [{ hosts: ['h1'], soakMs: 0 }] });
  const first = await rollouts.until(id, 'its command', ({ hosts: seen }) => seen[0]?.commandId !== null);
  assert.is((await system.api.command(first.hosts[0]?.commandId ?? '')).status, 'QUEUED');
  assert.equal([first.status, first.hosts[0]?.standing], ['RUNNING', 'running']);
  openGate(system.dir);
  assert.is((await rollouts.settled(id)).status, 'DONE');
  assert.is((await system.command(work)).status, 'SUCCESS');
});

test('an agent killed in the soak that returns at once is not a fault', async () => {
  const id = await rollouts.start({ steps: STEP, hosts: ['h1', 'h2'], waves: [{ hosts: ['h1'], soakMs: 3_000 }] });
  await rollouts.until(id, 'the soak', ({ waves }) => waves[0]?.status === 'soaking');
  // The service manager starts it again.
  host('h1').agent.kill('SIGKILL');
  assert.is((await rollouts.settled(id)).status, 'DONE');
});

test.run();
