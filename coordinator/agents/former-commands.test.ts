import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accept, exit, typesOf, withRig } from '../fixtures/agent-side.ts';
import type { Rig } from '../fixtures/rig.ts';

/** A host with a command is removed while it is away, and registered again. */
function registeredAnew(rig: Rig) {
  const old = rig.addHost('web1');
  const session = rig.connect(old);
  const id = rig.dispatch('check-version', 'web1');
  accept(rig, session, id);
  rig.intake.closed(session);
  rig.engine.apply(id, { type: 'host_removed', at: rig.clock.now(), actor: 'admin' });
  rig.roster.remove(old);
  rig.turn();
  return { id, hostId: rig.addHost('web1') };
}

const told = (rig: Rig, hostId: string): string[] =>
  rig.store.events
    .list({ hostId, first: 'newest', limit: 100 })
    .items.filter(({ code }) => code === 'former_command')
    .map(({ message }) => message.replace(/\(.*?\)/, '(id)'));

const held = (id: string, state: 'running' | 'exited') => ({
  id,
  op: 'check-version',
  state,
  startedAt: 1,
  outputBytes: 10,
});

test(
  'a command of a former registration goes on under the new one: its frames are accepted, and its end is reported once',
  withRig((rig) => {
    const { id, hostId } = registeredAnew(rig);
    const session = rig.connect(hostId, { commands: [held(id, 'running')] });
    const welcome = session.sent.find(({ type }) => type === 'welcome');
    assert.equal(welcome?.type === 'welcome' && welcome.payload.finished, [], 'its end is asked for');
    assert.equal(welcome?.type === 'welcome' && welcome.payload.output, [{ id, offset: 10 }]);
    const progress = { id, phase: 'build', current: 1, total: 2, text: null };
    for (let n = 0; n < 20; n++) assert.ok(rig.intake.frame(session, { type: 'command.progress', payload: progress }));
    assert.ok(rig.intake.output(session, { commandId: id, offset: 10, bytes: Buffer.from('more') }));
    rig.turn();
    for (let n = 0; n < 2; n++) exit(rig, session, id, { exitCode: 3 });
    assert.is(typesOf(session).filter((type) => type === 'command.exited.ack').length, 2);
    assert.equal(told(rig, hostId).reverse(), [
      'web1: check-version (id), begun before this host was registered anew, still runs',
      'web1: check-version (id), begun before this host was registered anew, has ended with exit code 3; its record says LOST, because its host was removed',
    ]);
    const { status, code, exitCode } = rig.command(id);
    assert.equal([status, code, exitCode], ['LOST', 'host_removed', null], 'another host changes no record');
    assert.is(session.closed, null);

    rig.intake.closed(session);
    const again = rig.connect(hostId, { commands: [held(id, 'exited')] });
    const next = again.sent.find(({ type }) => type === 'welcome');
    assert.equal(next?.type === 'welcome' && next.payload.finished, [id], 'not a second time');
  }),
);

test(
  'a command that ended while the host was offline is reported too',
  withRig((rig) => {
    const { id, hostId } = registeredAnew(rig);
    const session = rig.connect(hostId, { commands: [held(id, 'exited')] });
    exit(rig, session, id, { exitCode: null, signal: 'SIGKILL' });
    assert.match(told(rig, hostId).join(), 'was ended by SIGKILL');
  }),
);

test(
  "a command of an existing host is still not another host's",
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, session, id);
    const other = rig.connect(rig.addHost('web2'), { commands: [held(id, 'running')] });
    assert.is(rig.intake.frame(other, { type: 'command.accepted', payload: { id } }), false);
    assert.is(rig.intake.output(other, { commandId: id, offset: 0, bytes: Buffer.from('x') }), false);
  }),
);

test.run();
