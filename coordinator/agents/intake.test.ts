import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accept, exit, typesOf, withRig } from '../fixtures/agent-side.ts';
import { createDisk } from '../fixtures/disk.ts';
import { createRig } from '../fixtures/rig.ts';
import { sampleExit, sampleReport } from '../lifecycle/fixtures/sample.ts';

test(
  'after a reboot with a running command the next boot reports its end',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const session = rig.connect(web1);
    const running = rig.dispatch('check-version', 'web1');
    accept(rig, session, running);
    const reboot = rig.dispatch('reboot', 'web1');
    accept(rig, session, reboot);
    exit(rig, session, running, { exitCode: null, signal: 'SIGTERM' });
    assert.is(rig.command(running).status, 'EXECUTING', 'the shutdown ended it, not the op');
    exit(rig, session, reboot);
    rig.intake.closed(session);
    rig.connect(web1, { bootId: 'boot-2', instanceId: 'instance-2' });
    assert.is(rig.command(running).status, 'ABORTED_BY_REBOOT');
    assert.is(rig.command(reboot).status, 'SUCCESS');
  }),
);

test(
  "an exit by signal that only the next boot reports was the shutdown's, even after the reboot's end",
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const session = rig.connect(web1);
    const running = rig.dispatch('check-version', 'web1');
    accept(rig, session, running);
    const reboot = rig.dispatch('reboot', 'web1');
    accept(rig, session, reboot);
    rig.intake.closed(session);
    const held = { id: running, op: 'check-version', state: 'exited' as const, startedAt: 1, outputBytes: 0 };
    const after = rig.connect(web1, { bootId: 'boot-2', instanceId: 'instance-2', commands: [held] });
    assert.is(rig.command(reboot).status, 'SUCCESS');
    exit(rig, after, running, { exitCode: null, signal: 'SIGTERM', exitInstanceId: 'instance-1' });
    assert.is(rig.command(running).status, 'ABORTED_BY_REBOOT');
  }),
);

test(
  "a signal in the new boot is not the earlier reboot's shutdown",
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const session = rig.connect(web1);
    const reboot = rig.dispatch('reboot', 'web1');
    accept(rig, session, reboot);
    rig.intake.closed(session);
    const after = rig.connect(web1, { bootId: 'boot-2', instanceId: 'instance-2' });
    assert.is(rig.command(reboot).status, 'SUCCESS');
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, after, id);
    exit(rig, after, id, { exitCode: null, signal: 'SIGKILL' });
    assert.is(rig.command(id).code, 'signalled');
  }),
);

test(
  'an exit held back for a reboot counts once the hello shows that there was none',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const session = rig.connect(web1);
    const running = rig.dispatch('check-version', 'web1');
    accept(rig, session, running);
    const reboot = rig.dispatch('reboot', 'web1');
    accept(rig, session, reboot);
    exit(rig, session, running, { exitCode: null, signal: 'SIGTERM' });
    rig.intake.closed(session);
    rig.connect(web1, { instanceId: 'instance-2' });
    assert.is(rig.command(reboot).status, 'LOST', 'the agent does not know it any more, in the same boot');
    assert.is(rig.command(running).code, 'signalled');
  }),
);

test(
  'an exit held back for a reboot counts once the wait for it is over on an online host',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const session = rig.connect(web1);
    const running = rig.dispatch('switch', 'web1');
    accept(rig, session, running);
    const reboot = rig.dispatch('reboot', 'web1');
    accept(rig, session, reboot);
    exit(rig, session, running, { exitCode: 143 });
    exit(rig, session, reboot);
    rig.clock.advance(5 * 60_000);
    rig.turn();
    assert.is(rig.command(reboot).code, 'no_reconnect');
    assert.is(rig.command(running).code, 'exit_nonzero');
  }),
);

test(
  'output that was durable when a crash kept its count back is counted at the next hello',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const session = rig.connect(web1);
    const id = rig.dispatch('check-version', 'web1');
    exit(rig, session, id, { outputBytes: 5 });
    rig.outputs.append(id, 0, Buffer.from('hello'), () => {});
    assert.equal(rig.command(id).output, { bytes: 0, total: 5, truncated: false });
    rig.intake.closed(session);
    rig.connect(web1, { commands: [{ id, op: 'check-version', state: 'exited', startedAt: 1, outputBytes: 5 }] });
    assert.equal(rig.command(id).output, { bytes: 5, total: 5, truncated: false });
  }),
);

test('a hello that cannot be made durable is not left without an answer', async () => {
  const disk = createDisk();
  const rig = createRig({ store: disk.under });
  try {
    const web1 = rig.addHost('web1');
    disk.full = true;
    const session = rig.connect(web1);
    await Promise.resolve();
    assert.equal(typesOf(session), []);
    assert.is(session.closed?.code, 1013);
  } finally {
    rig.close();
  }
});

test('a failed turn ends only the connections whose frames it lost', async () => {
  const disk = createDisk();
  const rig = createRig({ store: disk.under });
  try {
    const [one, two] = [rig.connect(rig.addHost('web1')), rig.connect(rig.addHost('web2'))];
    const id = rig.dispatch('check-version', 'web1');
    disk.full = true;
    void rig.intake.frame(one, { type: 'command.accepted', payload: { id } });
    rig.dispatch('check-version', 'web2');
    rig.heartbeat(two, {});
    await Promise.resolve();
    assert.is(one.closed?.code, 1013);
    assert.is(two.closed, null);
    assert.is(rig.command(id).status, 'PENDING');
  } finally {
    rig.close();
  }
});

test(
  'an agent that leaves to restart warns nobody',
  withRig((rig) => {
    const host = rig.addHost('web1');
    const session = rig.connect(host);
    const id = rig.dispatch('restart', host);
    void rig.intake.frame(session, { type: 'command.accepted', payload: { id } });
    void rig.intake.frame(session, { type: 'command.exited', payload: sampleExit(id) });
    rig.intake.closed(session);
    rig.turn();
    const { items } = rig.store.events.list({ first: 'newest', limit: 10 });
    assert.equal(
      items.filter(({ code }) => code === 'host_offline').map(({ level, message }) => `${level} ${message}`),
      ['info web1 went offline for restart'],
    );
  }),
);

test(
  'a host that goes says so by its name; a removed one has been spoken of',
  withRig((rig) => {
    const sessions = ['web1', 'web2'].map((name) => rig.connect(rig.addHost(name)));
    const [, removed] = sessions;
    rig.roster.remove(removed?.hostId ?? '');
    for (const session of sessions) rig.intake.closed(session);
    rig.turn();
    const { items } = rig.store.events.list({ first: 'newest', limit: 10 });
    assert.equal(
      items.filter(({ code }) => code === 'host_offline').map(({ message }) => message),
      ['web1 went offline'],
    );
  }),
);

test(
  'the hello of a host under removal is ignored',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    rig.roster.remove(web1);
    const session = rig.connect(web1);
    assert.is(session.closed?.code, 4401);
    assert.is(rig.sessions.of(web1), null);
    assert.equal(rig.store.events.list({ first: 'newest', limit: 10 }).items, []);
  }),
);

test(
  "a frame about a kill's own command is ignored",
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, session, id);
    const kill = rig.dispatch('kill', 'web1');
    exit(rig, session, kill);
    assert.is(rig.command(kill).status, 'KILLING');
  }),
);

test(
  'frames about a command of another host are refused',
  withRig((rig) => {
    const one = rig.connect(rig.addHost('web1'));
    const two = rig.connect(rig.addHost('web2'));
    const id = rig.dispatch('check-version', 'web1');
    assert.is(rig.intake.frame(two, { type: 'command.accepted', payload: { id } }), false);
    assert.is(rig.command(id).status, 'PENDING');
    assert.is(rig.intake.frame(one, { type: 'command.accepted', payload: { id } }), true);
  }),
);

test(
  'a report that names an ended command as running is not believed in that',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const session = rig.connect(web1);
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, session, id);
    exit(rig, session, id);
    rig.heartbeat(session, sampleReport({ running: { id, op: 'check-version', pid: 7, startedAt: 1, phase: null } }));
    assert.is(rig.views.of(web1)?.report?.running, null);
    assert.is(rig.command(rig.dispatch('check-version', 'web1')).status, 'PENDING');
  }),
);

test(
  'a rejection that the agent keeps on disk is acknowledged like an exit; a passing one is not',
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    const acks = () => typesOf(session).filter((type) => type === 'command.exited.ack').length;
    const busy = rig.dispatch('check-version', 'web1');
    void rig.intake.frame(session, { type: 'command.rejected', payload: { id: busy, code: 'busy', message: 'busy' } });
    rig.turn();
    assert.is(acks(), 0);
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, session, id);
    for (const _ of [1, 2]) {
      void rig.intake.frame(session, { type: 'command.rejected', payload: { id, code: 'not_started', message: 'no' } });
      rig.turn();
    }
    assert.is(rig.command(id).code, 'not_started');
    assert.is(acks(), 2, 'the first ack may have been lost');
  }),
);

test.run();
