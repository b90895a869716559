import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accept, exit, withRig } from '../fixtures/agent-side.ts';
import type { FakeSession } from '../fixtures/fake-session.ts';
import type { Rig } from '../fixtures/rig.ts';
import { createHoldings } from './output-holding.ts';

/** An ended command with none of its 12 bytes held. */
function ended(rig: Rig, session: FakeSession): string {
  const id = rig.dispatch('check-version', 'web1');
  accept(rig, session, id);
  exit(rig, session, id, { outputBytes: 12 });
  return id;
}

function arrivalOf(rig: Rig, id: string): string {
  const { roster, sessions, outputs } = rig;
  const record = rig.recordOf(id);
  if (!record) throw new Error(`no command ${id}`);
  const holding = createHoldings({ roster, sessions, outputs })(record);
  if (holding instanceof Promise) throw new Error('it is known at once');
  return holding.arrival;
}

const HOUR_MS = 3_600_000;

test(
  'the rest of an output is on its way even if the clock was set back after its host connected',
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    rig.clock.setWall(rig.clock.now() - HOUR_MS);
    assert.is(arrivalOf(rig, ended(rig, session)), 'arriving');
  }),
);

test(
  'a rest that the hello does not name is lost, even if the clock was set back before',
  withRig((rig) => {
    const hostId = rig.addHost('web1');
    const session = rig.connect(hostId);
    const id = ended(rig, session);
    rig.intake.closed(session);
    rig.turn();
    assert.is(arrivalOf(rig, id), 'away');
    rig.clock.setWall(rig.clock.now() - HOUR_MS);
    rig.connect(hostId);
    assert.is(arrivalOf(rig, id), 'lost');
    rig.connect(hostId, {
      commands: [{ id, op: 'check-version', state: 'exited', startedAt: 1, outputBytes: 12 }],
    });
    assert.is(arrivalOf(rig, id), 'arriving');
  }),
);

test.run();
