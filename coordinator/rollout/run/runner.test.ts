import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RolloutRequest, RolloutView } from '../../../shared/rollout.ts';
import { ADMIN } from '../../auth/principal.ts';
import { createRig, type FakeSession, type Rig } from '../../fixtures/rig.ts';

/** A fleet on the rig: each host does what a test says, and nothing by itself. */
function scene({ hosts = 4 } = {}) {
  let rig = createRig();
  const names = Array.from({ length: hosts }, (_, index) => `h${index}`);
  const ids = new Map(names.map((name) => [name, rig.addHost(name)]));
  const sessions = new Map<string, FakeSession>();
  const idOf = (name: string) => ids.get(name) ?? '';

  const scene = {
    get rig(): Rig {
      return rig;
    },
    idOf,
    connect(...some: string[]) {
      for (const name of some) sessions.set(name, rig.connect(idOf(name), { hostname: name }));
    },
    away(name: string) {
      rig.heartbeat(sessions.get(name) as FakeSession, { sampledAt: rig.clock.now() });
      rig.intake.closed(sessions.get(name) as FakeSession);
      rig.turn();
    },
    /** Time goes by in small steps, in which online hosts are heard. */
    pass(ms: number) {
      for (let left = ms; left > 0; left -= 500) {
        rig.clock.advance(Math.min(500, left));
        rig.turn();
      }
    },
    start(plan: Partial<RolloutRequest> = {}): string {
      const made = rig.rollouts.create({ steps: [{ op: 'test' }], hosts: names, ...plan }, ADMIN, ({ id }) => id);
      if (made instanceof Promise) throw new Error('SQLite answers at once');
      rig.turn();
      scene.pass(1_000);
      return made;
    },
    async view(id: string): Promise<RolloutView> {
      return await rig.rollouts.view(id);
    },
    /** The command that the host was sent last, of those it has not ended. */
    running(name: string): string | null {
      return rig.ledger.live(idOf(name)).at(-1)?.command.id ?? null;
    },
    end(name: string, exitCode = 0, passMs = 1_000) {
      const session = sessions.get(name) as FakeSession;
      const id = scene.running(name);
      if (id === null) throw new Error(`${name} runs nothing`);
      const at = rig.clock.now();
      const say = (frame: Parameters<typeof rig.intake.frame>[1]) => {
        void rig.intake.frame(session, frame);
        rig.turn();
      };
      say({ type: 'command.accepted', payload: { id } });
      say({ type: 'command.started', payload: { id, pid: 7, startedAt: at } });
      say({
        type: 'command.exited',
        payload: { id, exitCode, signal: null, lost: false, startedAt: at, endedAt: at, outputBytes: 0 },
      });
      rig.heartbeat(session, { sampledAt: at + 1, afterCommand: id });
      scene.pass(passMs);
    },
    async decide(id: string, decision: Parameters<Rig['rollouts']['decide']>[1]) {
      const done = rig.rollouts.decide(id, decision, ADMIN);
      for (let tick = 0; tick < 10; tick++) {
        await Promise.resolve();
        rig.turn();
      }
      await done;
      scene.pass(1_000);
    },
    /** kill -9 and a new coordinator on the same data; nobody is connected to it. */
    restart() {
      const { folder, clock } = rig;
      rig.crash();
      rig = createRig({ dataDir: folder, startAt: clock.now() });
    },
    begun: () => names.filter((name) => scene.running(name) !== null),
  };
  return scene;
}

const soakless = [
  { count: 1, soakMs: 0 },
  { count: 1, soakMs: 0 },
];

test('waves go one after the other, and the last one ends it', async () => {
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

test('a failure stops it, nothing behind runs, and a person decides how it goes on', async () => {
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
  await fleet.decide(id, { type: 'retry' });
  assert.equal(fleet.begun(), ['h0']);
  fleet.end('h0');
  assert.equal(fleet.begun(), ['h1']);
  seen = await fleet.view(id);
  assert.equal([seen.status, seen.counts.proven], ['RUNNING', 1]);
  fleet.rig.close();
});

test('a resume goes on past what failed, and a stop lets nobody begin', async () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  const id = fleet.start({ waves: [{ count: 2, soakMs: 0 }], maxParallel: 2 });
  fleet.end('h1');
  fleet.end('h0', 1);
  await fleet.decide(id, { type: 'resume' });
  assert.equal(fleet.begun(), ['h2', 'h3']);
  await fleet.decide(id, { type: 'stop' });
  const { status, counts } = await fleet.view(id);
  assert.equal([status, counts.failed, counts.proven, counts.skipped], ['STOPPED', 1, 1, 2]);
  fleet.rig.close();
});

test('a kill -9 at any moment repeats nothing and lets nothing out', async () => {
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

test('hosts that were not heard since a restart are not absent, until they had time to come', async () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  const id = fleet.start({ waves: soakless });
  await fleet.decide(id, { type: 'pause' });
  fleet.restart();
  await fleet.decide(id, { type: 'resume' });
  fleet.pass(20_000);
  assert.equal((await fleet.view(id)).counts.deferred, 0);
  fleet.pass(20_000);
  assert.equal((await fleet.view(id)).counts.deferred, 1);
  fleet.rig.close();
});

test('a wave that ends right after a restart lets no host be absent in the next one', async () => {
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

test('who is offline at its turn is passed over, listed, and catches up when it comes back', async () => {
  const fleet = scene({ hosts: 3 });
  fleet.connect('h0', 'h1');
  fleet.pass(31_000);
  const id = fleet.start({ waves: [{ count: 3, soakMs: 0 }] });
  fleet.end('h0');
  fleet.end('h1');
  let seen = await fleet.view(id);
  assert.equal([seen.status, seen.counts.deferred, seen.hosts.at(-1)?.code], ['DONE', 1, 'host_offline']);
  fleet.connect('h2');
  fleet.pass(2_000);
  assert.equal(fleet.begun(), ['h2']);
  fleet.end('h2');
  seen = await fleet.view(id);
  assert.equal([seen.status, seen.counts.proven], ['DONE', 3]);
  fleet.rig.close();
});

test('unobserved time soaks nothing, and a host that stays away breaks the gate', async () => {
  const fleet = scene();
  fleet.connect('h0', 'h1', 'h2', 'h3');
  const id = fleet.start({ waves: [{ count: 1, soakMs: 60_000 }] });
  fleet.end('h0');
  fleet.pass(20_000);
  fleet.away('h0');
  fleet.pass(25_000);
  assert.equal((await fleet.view(id)).status, 'RUNNING', 'forgiven');
  fleet.connect('h0');
  fleet.pass(30_000);
  assert.is((await fleet.view(id)).waves[0]?.status, 'soaking', '75 s have passed, about 50 of them observed');
  fleet.pass(15_000);
  assert.is((await fleet.view(id)).waves[0]?.status, 'done');
  fleet.rig.close();

  const gone = scene();
  gone.connect('h0', 'h1', 'h2', 'h3');
  const other = gone.start({ waves: [{ count: 1, soakMs: 60_000 }] });
  gone.end('h0');
  gone.away('h0');
  gone.pass(40_000);
  const { status, reason } = await gone.view(other);
  assert.equal([status, reason?.code, reason?.message], ['PAUSED', 'gate', 'h0 went offline']);
  gone.rig.close();
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

test('no more than maxParallel are under way, and one reboots at a time in a small wave', () => {
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
});

test.run();
