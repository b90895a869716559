import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scene } from '../fixtures/fleet.ts';

const soakless = [
  { count: 1, soakMs: 0 },
  { count: 1, soakMs: 0 },
];

test('waves go one after the other, and the last one ends the rollout', async () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  const id = fleet.start({ waves: soakless });
  assert.equal(fleet.begun(), ['h0']);
  fleet.end('h0');
  assert.equal(fleet.begun(), ['h1']);
  fleet.end('h1');
  assert.equal(fleet.begun(), ['h2', 'h3']);
  fleet.end('h2');
  fleet.end('h3');
  const { status, counts, hosts, history } = await fleet.view(id);
  assert.equal([status, counts.proven], ['DONE', 4]);
  assert.ok(hosts.every(({ standing }) => standing === 'proven'));
  assert.equal(
    history.map(({ to }) => to),
    ['RUNNING', 'DONE'],
  );
  fleet.rig.close();
});

test('a failure stops a rollout, no later host begins, and a person decides how it goes on', async () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  const id = fleet.start({ waves: soakless });
  fleet.end('h0', 1);
  let seen = await fleet.view(id);
  assert.equal([seen.status, seen.reason?.code, seen.counts.failed], ['PAUSED', 'failures', 1]);
  fleet.pass(60_000);
  assert.equal(fleet.begun(), []);
  assert.equal(
    fleet.rig.rollouts.attention().map(({ kind, rolloutId }) => [kind, rolloutId]),
    [['rollout_paused', id]],
  );
  const pausedAt = seen.history.at(-1)?.at;
  assert.is.not(pausedAt, seen.startedAt);
  assert.is(fleet.rig.rollouts.attention()[0]?.since, pausedAt, 'it waits since the pause');
  await fleet.decide(id, { type: 'retry' });
  assert.equal(fleet.begun(), ['h0']);
  fleet.end('h0');
  assert.equal(fleet.begun(), ['h1']);
  seen = await fleet.view(id);
  assert.equal([seen.status, seen.counts.proven], ['RUNNING', 1]);
  fleet.rig.close();
});

test('the history names who retried a rollout that runs', async () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  const id = fleet.start({ waves: [{ count: 2, soakMs: 0 }], maxParallel: 1, maxFailures: 1 });
  fleet.end('h0', 1);
  assert.is((await fleet.view(id)).status, 'RUNNING');
  for (const times of [1, 2]) {
    await fleet.decide(id, { type: 'retry' });
    const { history } = await fleet.view(id);
    const told = history.filter(({ message }) => message === 'failed and deferred hosts got another turn');
    assert.is(told.length, times);
    assert.equal([told[0]?.from, told[0]?.to, told[0]?.actor], ['RUNNING', 'RUNNING', 'admin']);
  }
  fleet.rig.close();
});

test('a resume goes on past failed hosts, and after a stop no host begins', async () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  const id = fleet.start({ waves: [{ count: 2, soakMs: 0 }], maxParallel: 2 });
  fleet.end('h1');
  fleet.end('h0', 1);
  await fleet.decide(id, { type: 'resume' });
  assert.equal(fleet.begun(), ['h2', 'h3']);
  const sent = ['h2', 'h3'].map((name) => [name, fleet.running(name) ?? ''] as const);
  await fleet.decide(id, { type: 'stop' });
  assert.is((await fleet.view(id)).counts.running, 2, 'neither host has answered yet whether it began');
  for (const [name, commandId] of sent) fleet.refuse(name, commandId);
  const { status, counts } = await fleet.view(id);
  assert.equal([status, counts.failed, counts.proven, counts.skipped], ['STOPPED', 1, 1, 2]);
  fleet.rig.close();
});

test('a kill -9 at any moment repeats no step and skips none', async () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  const id = fleet.start({ waves: soakless });
  const first = fleet.running('h0');
  fleet.restart();
  fleet.pass(5_000);
  assert.is(fleet.running('h0'), first, 'the same command goes on');
  assert.equal((await fleet.view(id)).status, 'RUNNING');
  fleet.rig.close();
});

test('unheard hosts count as absent only once they had time to come back after a restart', async () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  const id = fleet.start({ waves: soakless });
  const sent = fleet.running('h0') ?? '';
  await fleet.decide(id, { type: 'pause' });
  fleet.refuse('h0', sent);
  fleet.restart();
  await fleet.decide(id, { type: 'resume' });
  // An agent may wait 30 s before its next try.
  fleet.pass(60_000);
  assert.equal((await fleet.view(id)).counts.deferred, 0);
  fleet.pass(20_000);
  assert.equal((await fleet.view(id)).counts.deferred, 1);
  fleet.rig.close();
});

test('after a wave that ends right after a restart no host of the next one counts as absent', async () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  const id = fleet.start({ waves: soakless });
  fleet.end('h0', 0, 0);
  fleet.restart();
  fleet.connect('h0');
  fleet.pass(5_000);
  const { waves, counts } = await fleet.view(id);
  assert.equal([waves[0]?.status, counts.proven, counts.deferred], ['done', 1, 0]);
  fleet.rig.close();
});

test('a host in maintenance is passed over', async () => {
  const fleet = scene({ hosts: 2 });
  fleet.connect('h0', 'h1');
  const host = fleet.rig.roster.byId(fleet.idOf('h0'));
  if (host) host.maintenance = { until: null, reason: 'new disk' };
  const id = fleet.start({ waves: [{ count: 2 }] });
  assert.equal(fleet.begun(), ['h1']);
  assert.is((await fleet.view(id)).hosts.find(({ host: name }) => name === 'h0')?.code, 'in_maintenance');
  fleet.rig.close();
});

test('a host is in one begun rollout at a time', () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  fleet.start({ name: 'first' });
  assert.throws(() => fleet.start({ hosts: ['h3'] }), /is in the rollout first/);
  fleet.rig.close();
});

test('at most maxParallel hosts are under way, and one reboots at a time in a small wave', () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  fleet.start({ waves: [{ count: 4 }], maxParallel: 3 });
  assert.equal(fleet.begun(), ['h0', 'h1', 'h2']);
  fleet.rig.close();

  const reboots = scene();
  reboots.connect('h0', 'h1', 'h2', 'h3');
  reboots.start({ steps: [{ op: 'reboot' }], waves: [{ count: 4 }] });
  assert.equal(reboots.begun(), ['h0']);
  reboots.rig.close();

  const custom = scene();
  const ops = [{ id: 'firmware', completion: 'reboot' as const }];
  for (const name of ['h0', 'h1', 'h2', 'h3']) custom.connectAs(name, { ops });
  custom.start({ steps: [{ op: 'firmware' }], waves: [{ count: 4 }] });
  assert.equal(custom.begun(), ['h0'], 'an op of the hosts themselves reboots too');
  custom.rig.close();
});

test('people see the stored record, with status and history of one moment', async () => {
  const fleet = scene({ hosts: 1 });
  fleet.connect('h0');
  const id = fleet.start({ waves: [{ count: 1, soakMs: 0 }] });
  fleet.end('h0', 0, 0);
  // Decided but not yet handed to the store.
  fleet.rig.clock.advance(1_000);
  const before = await fleet.view(id);
  assert.equal([before.status, before.history.at(-1)?.to], ['RUNNING', 'RUNNING']);
  assert.is(fleet.rig.rollouts.summary(id)?.status, 'RUNNING');
  fleet.rig.turn();
  const after = await fleet.view(id);
  assert.equal([after.status, after.history.at(-1)?.to], ['DONE', 'DONE']);
  fleet.rig.close();
});

test('a stop with undo rolls the proven hosts back in the name of the person who stopped it', async () => {
  const fleet = scene({ hosts: 2 });
  const ops = ['test', 'rollback'].map((id) => ({ id, completion: 'exit' as const }));
  for (const name of ['h0', 'h1']) {
    fleet.reports.set(name, { systemPath: '/nix/store/old', generation: 7 });
    fleet.connectAs(name, { ops });
    fleet.say(name);
  }
  const id = fleet.start({ waves: [{ count: 1, soakMs: 60_000 }] });
  const made = { systemPathBefore: '/nix/store/old', systemPathAfter: '/nix/store/new' };
  fleet.end('h0', 0, 1_000, { systemPath: '/nix/store/new', generation: 8 }, made);
  assert.is((await fleet.view(id)).counts.proven, 1);
  await fleet.decide(id, { type: 'stop', undo: 'proven' });
  assert.equal(fleet.begun(), ['h0']);
  const { op, requestedBy } = fleet.rig.command(fleet.running('h0') ?? '');
  assert.equal([op, requestedBy], ['rollback', 'admin']);
  fleet.rig.close();
});

test('the live feed names only the changed host of a rollout', () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  const id = fleet.start({ waves: [{ hosts: ['h0'] }, { count: 1 }] });
  const summary = fleet.rig.rollouts.summary(id);
  assert.equal(summary?.plan.waves, [{}, { count: 1 }]);
  assert.not.match(JSON.stringify(summary), new RegExp(`"h\\d"|${fleet.idOf('h0')}`));
  fleet.rig.close();
});

test('a failed look is repeated', async () => {
  const fleet = scene({ hosts: 1 });
  fleet.connect('h0');
  // The host sends no report that would ask for the next look.
  fleet.silent.add('h0');
  const { dispatcher } = fleet.rig;
  const { dispatch } = dispatcher;
  dispatcher.dispatch = () => {
    throw new Error('a fault of ours');
  };
  fleet.start();
  assert.equal(fleet.begun(), []);
  dispatcher.dispatch = dispatch;
  fleet.pass(20_000);
  assert.equal(fleet.begun(), ['h0']);
  fleet.rig.close();
});

test.run();
