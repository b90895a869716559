import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accept, exit, withRig } from '../fixtures/agent-side.ts';
import type { FakeSession } from '../fixtures/fake-session.ts';
import { createHeldStore } from '../fixtures/held-store.ts';
import { createRig, type Rig } from '../fixtures/rig.ts';

/** Pre-checks consider everything that has happened, including what is not stored yet. */

const [OLD, NEW] = ['1'.repeat(40), '2'.repeat(40)];

/** web1 at OLD, with a checked system, while the fleet should be at NEW. */
function behind(rig: Rig): FakeSession {
  const session = rig.connect(rig.addHost('web1'));
  rig.heartbeat(session, { repoCommit: OLD, checks: CHECKED });
  rig.setTarget({ commit: NEW, lockHash: null, branch: 'main', source: 'a remote', checkedAt: 1, error: null });
  return session;
}

const CHECKED = { system: { status: 'ok', message: 'active', checkedAt: 1 } } as const;

function pulled(rig: Rig, session: FakeSession, id: string): void {
  accept(rig, session, id);
  exit(rig, session, id, { startedAt: 2 });
  rig.heartbeat(session, { repoCommit: NEW, afterCommand: id, checks: CHECKED });
}

const outcome = (rig: Rig, id: string) => [rig.command(id).status, rig.command(id).code];

test(
  'a queued pull that the end of another wakes, within one turn, finds nothing to do',
  withRig((rig) => {
    const session = behind(rig);
    const id = rig.dispatch('pull', 'web1');
    const next = rig.dispatch('pull', 'web1', { queueMs: 60_000 });
    pulled(rig, session, id);
    assert.equal(outcome(rig, id), ['SUCCESS', null]);
    assert.equal(outcome(rig, next), ['BLOCKED', 'already_current']);
  }),
);

test('an end counts for the next dispatch before it is durable: a pull makes a switch meaningful', () => {
  const held = createHeldStore();
  const rig = createRig({ store: held.under });
  try {
    const session = behind(rig);
    const id = rig.dispatch('pull', 'web1');
    held.holds = true;
    pulled(rig, session, id);
    assert.equal(outcome(rig, id), ['SUCCESS', null]);
    assert.equal(rig.ledger.committedLive(session.hostId).length, 1, 'not durable yet');
    assert.equal(outcome(rig, rig.dispatch('pull', 'web1')), ['BLOCKED', 'already_current']);
    assert.equal(outcome(rig, rig.dispatch('switch', 'web1')), ['PENDING', null]);
  } finally {
    rig.close();
  }
});

test.run();
