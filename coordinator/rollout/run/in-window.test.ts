import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WindowConfigs } from '../../config/windows.ts';
import { scene } from '../fixtures/fleet.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A Monday. */
const EVENING = Date.parse('2026-06-01T21:30Z');

const daily = (from: string, to: string, tags?: string[]): WindowConfigs => ({
  night: {
    days: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
    from,
    to,
    timezone: 'UTC',
    ...(tags && { tags }),
  },
});

/** Two hosts at half past nine in the evening; h0 has the tag web. */
function evening(windows: WindowConfigs) {
  const fleet = scene({ hosts: 2, windows, startAt: EVENING, tags: { h0: ['web'] } });
  fleet.connect('h0', 'h1');
  const reason = async (id: string) => {
    const { status, reason } = await fleet.view(id);
    return [status, reason?.code ?? null, reason?.until ?? null];
  };
  return { fleet, reason };
}

const ALL = [{ percent: 100, soakMs: 0 }];

test('a rollout waits visibly for its window and begins when it opens', async () => {
  const { fleet, reason } = evening(daily('22:00', '23:00', ['none of them']));
  const id = fleet.start({ window: 'night', waves: ALL });
  assert.equal(fleet.begun(), []);
  assert.equal(await reason(id), ['RUNNING', 'window', EVENING + 30 * MINUTE]);
  assert.is((await fleet.view(id)).reason?.message, '2 hosts wait for the window night');
  fleet.pass(30 * MINUTE);
  assert.equal(fleet.begun(), ['h0', 'h1']);
  assert.equal(await reason(id), ['RUNNING', null, null]);
  fleet.rig.close();
});

test('a host does not begin if its op may outlast the window', async () => {
  // The op `test` may take 10 minutes.
  const { fleet, reason } = evening(daily('21:00', '21:41'));
  const id = fleet.start({ window: 'night', waves: ALL, maxParallel: 1 });
  assert.equal(fleet.begun(), ['h0'], 'eleven minutes are left');
  fleet.pass(2 * MINUTE);
  fleet.end('h0');
  assert.equal(fleet.begun(), []);
  assert.equal(await reason(id), ['RUNNING', 'window', Date.parse('2026-06-02T21:00Z')]);
  fleet.rig.close();
});

test("a rollout waits for its hosts' windows and works on the other hosts", async () => {
  const { fleet, reason } = evening(daily('22:00', '23:00', ['web']));
  const id = fleet.start({ steps: [{ op: 'test' }, { op: 'reboot' }], waves: ALL });
  fleet.end('h0');
  fleet.end('h1');
  assert.equal(fleet.begun(), ['h1'], 'h1 reboots, h0 waits');
  assert.equal((await reason(id))[0], 'RUNNING');
  const forced = evening(daily('22:00', '23:00', ['web']));
  forced.fleet.start({ steps: [{ op: 'reboot' }], hosts: ['h0'], force: true });
  assert.equal(forced.fleet.begun(), ['h0']);
  forced.fleet.rig.close();
  fleet.rig.close();
});

test('a host that waits for its window keeps the wave open whatever the others do', async () => {
  const { fleet, reason } = evening(daily('22:00', '23:00', ['web']));
  const id = fleet.start({ steps: [{ op: 'reboot' }], hosts: ['h0'], waves: ALL });
  fleet.pass(20 * MINUTE);
  assert.equal(await reason(id), ['RUNNING', 'window', EVENING + 30 * MINUTE]);
  assert.is((await fleet.view(id)).waves[0]?.status, 'waiting');
  fleet.rig.close();
});

test('a command that waits for its host is not sent after the window has closed', async () => {
  const { fleet } = evening(daily('21:00', '22:00'));
  const busy = fleet.rig.dispatch('pull', fleet.idOf('h0'));
  const id = fleet.start({ window: 'night', hosts: ['h0'], waves: ALL });
  const seen = async () => (await fleet.view(id)).hosts[0];
  assert.is((await seen())?.standing, 'running');
  fleet.pass(HOUR);
  assert.equal([(await seen())?.standing, (await seen())?.code], ['deferred', 'expired']);
  assert.is(fleet.rig.command(busy).status, 'PENDING');
  fleet.rig.close();
});

test('a command that waits for its host is not sent once its op no longer fits into the window of that host', async () => {
  const { fleet } = evening(daily('21:00', '22:10', ['web']));
  // switch may take 30 minutes.
  fleet.rig.dispatch('pull', fleet.idOf('h0'));
  const id = fleet.start({ steps: [{ op: 'switch' }], waves: ALL });
  const queuedFor = (name: string) => {
    const { queuedUntil, status } = fleet.rig.command(fleet.running(name) ?? '');
    return [status, queuedUntil === null ? null : Math.round((queuedUntil - EVENING) / MINUTE)];
  };
  assert.equal([(await fleet.view(id)).status, queuedFor('h0')], ['RUNNING', ['QUEUED', 10]]);
  fleet.rig.close();
});

test('a host catches up only while its window is open', async () => {
  const { fleet } = evening(daily('21:00', '22:00'));
  fleet.rig.intake.closed(fleet.session('h1'));
  fleet.pass(76_000);
  const id = fleet.start({ window: 'night', waves: ALL });
  fleet.end('h0');
  assert.is((await fleet.view(id)).status, 'DONE');
  fleet.pass(HOUR);
  fleet.connect('h1');
  fleet.pass(MINUTE);
  assert.equal(fleet.begun(), [], 'it is closed by now');
  fleet.pass(23 * HOUR, MINUTE);
  assert.equal(fleet.begun(), ['h1']);
  fleet.rig.close();
});

test('a plan that fits into no opening is refused', () => {
  const { fleet } = evening(daily('22:00', '22:05'));
  assert.throws(() => fleet.start({ window: 'night' }), /window is never open for as long as test may take: 10 min/);
  assert.throws(() => fleet.start({ window: 'day' }), /names no window of CONFIG: day/);
  assert.throws(
    () => fleet.start({ steps: [{ op: 'switch' }] }),
    /has h0, whose window night is never open for as long as switch may take: 30 min/,
  );
  fleet.rig.close();
});

test.run();
