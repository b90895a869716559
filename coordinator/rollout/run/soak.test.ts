import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scene } from '../fixtures/fleet.ts';

const SOAK_MS = 60_000;
const WAVES = [{ count: 1, soakMs: SOAK_MS }];

/** Four hosts. The first wave, h0, has ended and soaks. */
function soaking(known: Parameters<ReturnType<typeof scene>['connectAs']>[1] = {}) {
  const fleet = scene();
  fleet.connectAs('h0', known);
  fleet.connect('h1', 'h2', 'h3');
  const id = fleet.start({ waves: WAVES });
  fleet.end('h0');
  const first = async () => (await fleet.view(id)).waves[0]?.status;
  return { fleet, id, first };
}

test('unobserved time does not count as soak, and a host that stays away breaks the gate', async () => {
  const { fleet, id, first } = soaking();
  fleet.pass(20_000);
  fleet.away('h0');
  fleet.pass(25_000);
  assert.equal((await fleet.view(id)).status, 'RUNNING', 'forgiven');
  fleet.connect('h0');
  fleet.pass(30_000);
  assert.is(await first(), 'soaking', '75 s have passed, about 50 of them observed');
  fleet.pass(15_000);
  assert.is(await first(), 'done');
  fleet.rig.close();

  const gone = soaking();
  gone.fleet.away('h0');
  gone.fleet.pass(40_000);
  const { status, reason } = await gone.fleet.view(gone.id);
  assert.equal([status, reason?.code, reason?.message], ['PAUSED', 'gate', 'h0 went offline']);
  gone.fleet.rig.close();
});

test('a connected but silent host does not soak', async () => {
  const { fleet, first } = soaking();
  fleet.pass(20_000);
  fleet.silent.add('h0');
  fleet.pass(2 * SOAK_MS);
  assert.is(await first(), 'soaking');
  fleet.silent.clear();
  fleet.pass(SOAK_MS);
  assert.is(await first(), 'done', 'silence that turned out to be nothing counts');
  fleet.rig.close();
});

test('a host whose later words still wait to be read or handled does not soak', async () => {
  const { fleet, first } = soaking();
  fleet.pass(20_000);
  fleet.session('h0').unread = fleet.rig.clock.monotonic();
  fleet.pass(2 * SOAK_MS);
  assert.is(await first(), 'soaking', 'they may tell of a fault');
  fleet.session('h0').unread = null;
  fleet.pass(SOAK_MS);
  assert.is(await first(), 'done');
  fleet.rig.close();
});

test('the soak does not pass without new samples of failed units', async () => {
  const { fleet, first } = soaking({ features: ['failed_units'] });
  fleet.reports.set('h0', { failedUnits: { names: [], sampledAt: 1 } });
  fleet.pass(2 * SOAK_MS);
  assert.is(await first(), 'soaking');
  const asked = fleet.session('h0').sent.filter(({ type }) => type === 'heartbeat.request').length;
  assert.ok(asked >= 3, `asked ${asked} times`);
  for (let sampledAt = 2; sampledAt < 8; sampledAt++) {
    fleet.reports.set('h0', { failedUnits: { names: [], sampledAt } });
    fleet.pass(20_000);
  }
  assert.is(await first(), 'done');
  fleet.rig.close();
});

test('an earlier failed unit that comes and goes is not a fault of the rollout; a newly failed one is', async () => {
  const samples = (names: string[], sampledAt: number) => ({ failedUnits: { names, sampledAt } });
  const fleet = scene({ hosts: 2 });
  const features = ['failed_units' as const];
  for (const name of ['h0', 'h1']) {
    fleet.reports.set(name, samples(['flaky.service'], 1));
    fleet.connectAs(name, { features });
    fleet.say(name);
  }
  const id = fleet.start({ waves: [{ count: 1, soakMs: 2 * SOAK_MS }], gate: { ignoreUnits: ['backup-*'] } });
  fleet.end('h0');
  const seen = [[], ['flaky.service'], ['backup-db.service'], [], ['flaky.service', 'run-u3.service']];
  for (const [index, names] of seen.entries()) {
    fleet.reports.set('h0', samples(names, 2 + index));
    fleet.pass(20_000);
    assert.is((await fleet.view(id)).status, 'RUNNING', names.join());
  }
  fleet.reports.set('h0', samples(['flaky.service', 'nginx.service'], 9));
  fleet.pass(5_000);
  const { reason } = await fleet.view(id);
  assert.equal([reason?.code, reason?.message], ['gate', 'h0: nginx.service failed']);
  fleet.rig.close();
});

test('a returning coordinator breaks no gate while its hosts may still come back', async () => {
  const { fleet, id } = soaking();
  fleet.pass(5_000);
  fleet.restart();
  fleet.pass(50_000);
  fleet.connect('h0', 'h1', 'h2', 'h3');
  fleet.pass(2_000);
  assert.is((await fleet.view(id)).status, 'RUNNING');
  fleet.pass(SOAK_MS);
  assert.is((await fleet.view(id)).waves[0]?.status, 'done');
  fleet.rig.close();
});

test('a host removed during the watch breaks no gate', async () => {
  const { fleet, first } = soaking();
  fleet.rig.roster.remove(fleet.idOf('h0'));
  fleet.rig.feed.publish([{ type: 'host_removed', hostId: fleet.idOf('h0') }]);
  fleet.pass(2 * SOAK_MS);
  assert.is(await first(), 'done');
  fleet.rig.close();
});

test("an hour of the machine's sleep does not count as soak", async () => {
  const { fleet, first } = soaking();
  fleet.pass(20_000);
  fleet.rig.clock.suspend(3_600_000);
  fleet.pass(20_000);
  assert.is(await first(), 'soaking');
  fleet.pass(40_000);
  assert.is(await first(), 'done');
  fleet.rig.close();
});

test.run();
