import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { typesOf, withRig } from '../fixtures/agent-side.ts';
import { createHeldStore } from '../fixtures/held-store.ts';
import { createRig } from '../fixtures/rig.ts';

test(
  'a second agent with the token and another state folder is refused; a reconnect of the same one replaces the first',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const first = rig.connect(web1);
    const stranger = rig.connect(web1, { stateId: 'state-2', hostname: 'copy' });
    assert.is(stranger.closed?.code, 4423);
    assert.is(first.closed, null);
    const again = rig.connect(web1);
    assert.is(first.closed?.code, 4409);
    assert.ok(rig.sessions.isCurrent(again));
  }),
);

test('a second agent with another state folder is refused too while the hello of the first is being stored', () => {
  const held = createHeldStore();
  const rig = createRig({ store: held.under });
  try {
    const web1 = rig.addHost('web1');
    held.holds = true;
    const first = rig.connect(web1);
    const stranger = rig.connect(web1, { stateId: 'state-2', hostname: 'copy' });
    assert.is(stranger.closed?.code, 4423);
    held.holds = false;
    while (held.waiting() > 0) held.end();
    rig.turn();
    assert.is(first.closed, null);
    assert.ok(typesOf(first).includes('welcome'));
  } finally {
    rig.close();
  }
});

test(
  'a copy of a disk takes over once; the machine that then comes back is refused while the copy is online, and is reported',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const kinds = () => rig.attention.items().map(({ kind }) => kind);
    const [original, copy] = [
      { bootId: 'a', instanceId: 'a1' },
      { bootId: 'b', instanceId: 'b1' },
    ];
    const first = rig.connect(web1, original);
    const second = rig.connect(web1, copy);
    assert.equal([first.closed?.code, kinds()], [4409, []], 'this could be the same machine after a reboot');
    // The machine is recognised by its agent, or by its boot if the agent was restarted meanwhile.
    for (const back of [original, { ...original, instanceId: 'a2' }]) {
      assert.is(rig.connect(web1, back).closed?.code, 4423);
      assert.equal(kinds(), ['duplicate_agent']);
    }
    assert.ok(rig.sessions.isCurrent(rig.connect(web1, copy)), 'its own reconnect replaces');
    assert.is(second.closed?.code, 4409);
  }),
);

test(
  'a machine that comes back once its copy is gone is the host again, and its restarts and reboots are its own',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const original = { bootId: 'a', instanceId: 'a1' };
    rig.connect(web1, original);
    const copy = rig.connect(web1, { bootId: 'b', instanceId: 'b1' });
    rig.intake.closed(copy);
    for (const next of [original, original, { ...original, instanceId: 'a2' }, { bootId: 'c', instanceId: 'c1' }])
      assert.ok(rig.sessions.isCurrent(rig.connect(web1, next)), JSON.stringify(next));
  }),
);

test.run();
