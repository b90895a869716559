import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { builtinOp, customOp } from '../../shared/ops/ops.ts';
import type { WindowConfigs } from '../config/windows.ts';
import type { FakeSession } from '../fixtures/fake-session.ts';
import { createRig, type Rig } from '../fixtures/rig.ts';
import { createWindows } from './windows.ts';

const HOUR = 3_600_000;
/** A Monday. */
const NOON = Date.parse('2026-06-01T12:00Z');
const EVERY_DAY = { days: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'], timezone: 'UTC' } as const;

const night = { night: { ...EVERY_DAY, days: [...EVERY_DAY.days], from: '22:00', to: '23:00', tags: ['web'] } };
const both: WindowConfigs = {
  ...night,
  weekend: { days: ['sat'], from: '00:00', to: '24:00', timezone: 'UTC' },
};

/** web1, tagged web, at noon on a Monday. */
function atNoon(windows: WindowConfigs = night, tags = ['web']) {
  const rig = createRig({ windows, startAt: NOON });
  const hostId = rig.addHost('web1', tags);
  const session = rig.connect(hostId);
  return { rig, hostId, session };
}

const sent = ({ sent }: FakeSession) => sent.filter(({ type }) => type === 'command.run').length;
const outcome = (rig: Rig, id: string) => [rig.command(id).status, rig.command(id).code];

test('outside its window a host takes every op that neither activates nor reboots', () => {
  const { rig, hostId, session } = atNoon();
  for (const op of ['switch', 'reboot'])
    assert.equal(outcome(rig, rig.dispatch(op, hostId)), ['BLOCKED', 'outside_window'], op);
  assert.is(rig.command(rig.dispatch('switch', hostId)).message, 'The window night opens at 2026-06-01T22:00:00.000Z');
  rig.dispatch('test', hostId);
  assert.is(sent(session), 1);
  rig.close();
});

test("a window does not bind a host without the window's tags", () => {
  const { rig, hostId } = atNoon(night, ['db']);
  assert.equal(outcome(rig, rig.dispatch('switch', hostId)), ['PENDING', null]);
  rig.close();
});

test('a command that may wait until the opening is sent then; one that may not is blocked', () => {
  const { rig, hostId, session } = atNoon();
  assert.equal(outcome(rig, rig.dispatch('switch', hostId, { queueMs: 9 * HOUR })), ['BLOCKED', 'outside_window']);
  const id = rig.dispatch('switch', hostId, { queueMs: 11 * HOUR });
  assert.equal(outcome(rig, id), ['QUEUED', 'outside_window']);
  const pass = (ms: number) => {
    rig.clock.advance(ms);
    rig.turn();
    rig.heartbeat(session, { sampledAt: rig.clock.now() });
  };
  pass(10 * HOUR - 1_000);
  assert.is(sent(session), 0);
  rig.clock.advance(1_000);
  rig.turn();
  assert.equal([sent(session), outcome(rig, id)], [1, ['PENDING', null]]);
  rig.close();
});

test('force passes a closed window, and the audit says so', () => {
  const { rig, hostId } = atNoon();
  const { answer } = rig.dispatcher.dispatch({ op: 'switch', hosts: [hostId], force: true }, 'oidc:ann');
  rig.dispatcher.dispatch({ op: 'test', hosts: [hostId], force: true, queueMs: HOUR }, 'oidc:ann');
  rig.turn();
  assert.is(answer.results[0]?.status, 'PENDING');
  const { items } = rig.store.events.list({ first: 'newest', limit: 100 });
  assert.equal(
    items
      .filter(({ code }) => code === 'window_forced')
      .map(({ category, actor, message }) => [category, actor, message]),
    [['audit', 'oidc:ann', 'switch was forced on web1 outside of their window']],
  );
  rig.close();
});

test('each opening of several windows counts, and a host waits for the soonest', () => {
  const windows = createWindows(both);
  const op = builtinOp('switch') ?? customOp('x', 'exit');
  const shut = (tags: string[], iso: string, ms?: number) => windows.shut(op, { tags }, Date.parse(iso), ms);
  assert.equal(shut(['web'], '2026-06-01T12:00Z'), { name: 'night', opensAt: Date.parse('2026-06-01T22:00Z') });
  assert.equal(shut([], '2026-06-01T12:00Z'), { name: 'weekend', opensAt: Date.parse('2026-06-06T00:00Z') });
  assert.is(shut(['web'], '2026-06-01T22:30Z'), null);
  assert.is(shut(['web'], '2026-06-06T12:00Z'), null);
  assert.equal(shut(['web'], '2026-06-01T22:30Z', HOUR), { name: 'night', opensAt: Date.parse('2026-06-02T22:00Z') });
  assert.equal(shut(['web'], '2026-06-01T12:00Z', 30 * HOUR)?.opensAt, null);
});

test("windows bind hosts' own ops that reboot", () => {
  const windows = createWindows(night);
  const shut = (completion: 'exit' | 'reboot') =>
    windows.shut(customOp('firmware', completion), { tags: ['web'] }, NOON);
  assert.equal([shut('exit'), shut('reboot')?.name], [null, 'night']);
});

test('each window is shown with its next change', () => {
  const [first, second] = createWindows(both).view(NOON);
  assert.equal([first?.open, first?.until], [false, Date.parse('2026-06-01T22:00Z')]);
  assert.equal([second?.tags, second?.until], [null, Date.parse('2026-06-06T00:00Z')]);
  const [open] = createWindows(both).view(NOON + 10 * HOUR);
  assert.equal([open?.open, open?.until], [true, NOON + 11 * HOUR]);
});

test.run();
