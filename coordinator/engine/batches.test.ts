import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accept, exit, typesOf } from '../fixtures/agent-side.ts';
import type { FakeSession } from '../fixtures/fake-session.ts';
import { createHeldStore } from '../fixtures/held-store.ts';
import { createRig, type Rig } from '../fixtures/rig.ts';

/** The ledger while a batch is under way, which takes long with a distant store. */
type World = {
  rig: Rig;
  held: ReturnType<typeof createHeldStore>;
  session: FakeSession;
  id: string;
  other: FakeSession;
  second: string;
};

/** One command each, sent to web1 and web2; from now on each batch waits for `held.end`. */
const withHeld = (run: (world: World) => void | Promise<void>) => async () => {
  const held = createHeldStore();
  const rig = createRig({ store: held.under });
  try {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    const other = rig.connect(rig.addHost('web2'));
    const second = rig.dispatch('check-version', 'web2');
    held.holds = true;
    await run({ rig, held, session, id, other, second });
  } finally {
    rig.close();
  }
};

const shown = async (rig: Rig, id: string) => (await rig.ledger.committed(id))?.command.status ?? null;
const acks = (session: FakeSession) => typesOf(session).filter((type) => type === 'command.exited.ack').length;

test(
  'changes during a batch form the next one, and nothing is published before its batch is durable',
  withHeld(async ({ rig, held, session, id }) => {
    accept(rig, session, id);
    exit(rig, session, id);
    assert.is(held.waiting(), 1, 'one batch at a time');
    assert.is(rig.command(id).status, 'SUCCESS');
    assert.is(await shown(rig, id), 'PENDING');
    assert.equal(
      rig.ledger.committedLive(session.hostId).map(({ command }) => command.status),
      ['PENDING'],
    );
    held.end();
    assert.is(await shown(rig, id), 'EXECUTING');
    assert.is(acks(session), 0);
    assert.is(held.waiting(), 1);
    held.end();
    assert.is(await shown(rig, id), 'SUCCESS');
    assert.is(acks(session), 1);
    assert.equal(
      rig.store.history.of(id).map(({ to }) => to),
      ['PENDING', 'EXECUTING', 'SUCCESS'],
    );
    assert.equal(rig.ledger.live(session.hostId), []);
  }),
);

test(
  'turns built on a failed batch fail with it, and other hosts lose nothing',
  withHeld(async ({ rig, held, session, id, other, second }) => {
    accept(rig, session, id);
    exit(rig, session, id);
    exit(rig, other, second);
    const lost = new Error('the connection was lost');
    held.end(lost);
    assert.is(rig.command(id).status, 'PENDING');
    assert.is(acks(session), 0);
    while (held.waiting() > 0) held.end();
    assert.is(await shown(rig, second), 'SUCCESS');
    assert.is(acks(other), 1);
    assert.is(await shown(rig, id), 'PENDING');
    assert.ok(rig.failures.includes(lost));
    exit(rig, session, id);
    held.end();
    assert.is(await shown(rig, id), 'SUCCESS');
    assert.is(acks(session), 1);
  }),
);

test(
  'the second dispatch for a slot is blocked while the first is not durable yet, and fails with it',
  withHeld(async ({ rig, held, session, id }) => {
    held.holds = false;
    exit(rig, session, id);
    held.holds = true;
    const first = rig.dispatch('pull', 'web1');
    const second = rig.dispatch('switch', 'web1');
    assert.equal([rig.command(first).status, rig.command(second).status], ['PENDING', 'BLOCKED']);
    assert.equal([await shown(rig, first), await shown(rig, second)], [null, null]);
    held.end(new Error('the connection was lost'));
    assert.equal([rig.recordOf(first), rig.recordOf(second)], [null, null]);
    assert.equal(rig.ledger.live(session.hostId), []);
    assert.is(held.waiting(), 0);
  }),
);

test(
  "a host that returns before its command's end is durable is welcomed afterwards",
  withHeld(({ rig, held, session, id }) => {
    exit(rig, session, id);
    const again = rig.connect(session.hostId, {
      instanceId: 'instance-2',
      commands: [{ id, op: 'check-version', state: 'exited', startedAt: 1, outputBytes: 0 }],
    });
    held.end();
    assert.equal(rig.failures, []);
    assert.equal(typesOf(again), ['welcome']);
    const [welcome] = again.sent;
    assert.equal(welcome?.type === 'welcome' && welcome.payload.finished, [id]);
  }),
);

test(
  'a record that was not asked for before is never taken for one that does not exist',
  withHeld(({ rig, held, session, id }) => {
    held.holds = false;
    exit(rig, session, id);
    assert.throws(() => rig.ledger.get(id), /was not asked for before/);
    assert.is(
      rig.ledger.withRecords([id], () => rig.ledger.get(id)?.command.status ?? null),
      'SUCCESS',
    );
    const nowhere = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    assert.is(
      rig.ledger.withRecords([nowhere], () => rig.ledger.get(nowhere)),
      null,
    );
  }),
);

test.run();
