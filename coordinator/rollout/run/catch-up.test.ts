import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AdvertisedOp } from '../../../shared/model/host.ts';
import { scene } from '../fixtures/fleet.ts';

const ONE_WAVE = [{ percent: 100, soakMs: 0 }];

test('a host that is offline at its turn is listed, and catches up when it comes back', async () => {
  const fleet = scene({ hosts: 3 });
  fleet.connect('h0', 'h1');
  fleet.pass(76_000);
  const id = fleet.start({ waves: ONE_WAVE });
  fleet.end('h0');
  fleet.end('h1');
  let seen = await fleet.view(id);
  assert.equal([seen.status, seen.counts.deferred, seen.hosts.at(-1)?.code], ['DONE', 1, 'host_offline']);
  assert.is(seen.history.at(-1)?.message, 'done; 1 host is not proven');
  fleet.connect('h2');
  fleet.pass(2_000);
  assert.equal(fleet.begun(), ['h2']);
  fleet.end('h2');
  seen = await fleet.view(id);
  assert.equal([seen.status, seen.counts.proven], ['DONE', 3]);
  fleet.rig.close();
});

test('at most maxParallel hosts catch up at once, as in a wave', () => {
  const fleet = scene({ hosts: 5 });
  fleet.connect('h0');
  fleet.pass(76_000);
  fleet.start({ waves: ONE_WAVE, maxParallel: 2 });
  fleet.end('h0');
  fleet.connect('h1', 'h2', 'h3', 'h4');
  fleet.pass(2_000);
  assert.equal(fleet.begun(), ['h1', 'h2']);
  fleet.end('h1');
  assert.equal(fleet.begun(), ['h2', 'h3']);
  fleet.rig.close();
});

test('once a host fails to catch up, no further host catches up', async () => {
  const fleet = scene({ hosts: 3 });
  fleet.connect('h0');
  fleet.pass(76_000);
  const id = fleet.start({ waves: ONE_WAVE });
  fleet.end('h0');
  fleet.connect('h1');
  fleet.pass(2_000);
  fleet.end('h1', 1);
  fleet.connect('h2');
  fleet.pass(20_000);
  const { status, counts } = await fleet.view(id);
  assert.equal([fleet.begun(), status, counts.failed, counts.deferred], [[], 'DONE', 1, 1]);
  fleet.rig.close();
});

test('a host does not catch up with a rollout while another of its rollouts has begun', async () => {
  const fleet = scene({ hosts: 2 });
  fleet.connect('h0');
  fleet.pass(76_000);
  const waiting = fleet.start({ name: 'waiting', approve: true, waves: [{ hosts: ['h0'], soakMs: 60_000 }] });
  const done = fleet.start({ name: 'done', waves: ONE_WAVE });
  fleet.end('h0');
  assert.is((await fleet.view(done)).status, 'DONE');
  await fleet.decide(waiting, { type: 'approve' });
  fleet.connect('h1');
  fleet.pass(20_000);
  assert.equal(fleet.begun(), ['h0'], 'h1 waits for its turn in the rollout that has begun');
  fleet.rig.close();
});

test('an op that no host has any more defers its hosts and is not tried again', async () => {
  const deploy: AdvertisedOp[] = [{ id: 'deploy', completion: 'exit' }];
  const fleet = scene({ hosts: 2 });
  fleet.connectAs('h0', { ops: [...deploy, { id: 'test', completion: 'exit' }] });
  fleet.connect('h1');
  const id = fleet.start({ steps: [{ op: 'deploy' }], hosts: ['h0'], approve: true });
  fleet.connectAs('h0', { ops: [{ id: 'test', completion: 'exit' }] });
  await fleet.decide(id, { type: 'approve' });
  const { status, reason, hosts } = await fleet.view(id);
  assert.equal(
    [status, reason?.code, hosts[0]?.standing, hosts[0]?.code],
    ['PAUSED', 'hosts_offline', 'deferred', 'unknown_op'],
  );
  fleet.rig.close();
});

test.run();
