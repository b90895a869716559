import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accept, exit, withRig } from '../fixtures/agent-side.ts';
import { createRig } from '../fixtures/rig.ts';

/** A switch whose host is away when the coordinator starts again, an hour after a crash. */
function restarted() {
  const before = createRig();
  const session = before.connect(before.addHost('web1'));
  const id = before.dispatch('switch', 'web1');
  accept(before, session, id);
  exit(before, session, id);
  before.crash();

  const rig = createRig({ dataDir: before.folder, startAt: before.clock.now() + 3_600_000 });
  return { rig, id };
}

test('after a crash deadlines are armed from the records, and a host is heard for 30 s before one fires', () => {
  const before = createRig();
  const web1 = before.addHost('web1');
  const session = before.connect(web1);
  const id = before.dispatch('switch', 'web1');
  accept(before, session, id);
  exit(before, session, id);
  assert.is(before.command(id).status, 'AWAITING_RECONNECT');
  before.crash();

  const rig = createRig({ dataDir: before.folder, startAt: before.clock.now() + 3_600_000 });
  try {
    rig.clock.advance(29_000);
    rig.turn();
    assert.is(rig.command(id).status, 'AWAITING_RECONNECT');
    rig.clock.advance(2_000);
    rig.turn();
    assert.is(rig.command(id).status, 'TIMEOUT');
    assert.is(rig.command(id).code, 'no_reconnect');
  } finally {
    rig.close();
  }
});

test('a host whose hello waits to be handled is not late, also more than 30 s after a start', () => {
  const { rig, id } = restarted();
  try {
    let cameAt: number | null = rig.clock.monotonic();
    rig.sessions.askAlso(() => cameAt);
    rig.clock.advance(90_000);
    rig.turn();
    assert.is(rig.command(id).status, 'AWAITING_RECONNECT');
    cameAt = null;
    rig.clock.advance(200);
    rig.turn();
    assert.is(rig.command(id).code, 'no_reconnect');
  } finally {
    rig.close();
  }
});

test('after a start hosts are heard for 30 s, even if the clock is set meanwhile', () => {
  const { rig, id } = restarted();
  try {
    rig.clock.setWall(rig.clock.now() + 60_000);
    rig.clock.advance(29_000);
    rig.turn();
    assert.is(rig.command(id).status, 'AWAITING_RECONNECT');
    rig.clock.advance(2_000);
    rig.turn();
    assert.is(rig.command(id).code, 'no_reconnect');
  } finally {
    rig.close();
  }
});

test(
  'a wall clock set a day forward, as a suspended machine finds it, shifts deadlines and has hosts heard before one fires',
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, session, id);
    const { timeoutAt } = rig.command(id);
    rig.clock.setWall(rig.clock.now() + 86_400_000);
    rig.clock.advance(11_000);
    rig.turn();
    assert.is(rig.command(id).timeoutAt, (timeoutAt ?? 0) + 86_400_000);
    assert.is(rig.command(id).timeoutStatus, 'NORMAL');
    rig.clock.advance(30_000);
    rig.turn();
    assert.is(rig.command(id).timeoutStatus, 'TIMED_OUT');
  }),
);

test.run();
