import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTACT_MS } from '../../shared/ops/guard.ts';
import { accept, exit, typesOf, withRig } from '../fixtures/agent-side.ts';
import { createDisk } from '../fixtures/disk.ts';
import { guarding, ON_TRIAL, onTrial } from '../fixtures/guarded-host.ts';
import { createRig } from '../fixtures/rig.ts';
import { sampleExit } from '../lifecycle/fixtures/sample.ts';

test(
  'a command goes from dispatch to a success that fresh data proves',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const session = rig.connect(web1);
    const id = rig.dispatch('pull', 'web1');
    assert.equal(typesOf(session), ['welcome', 'command.run']);
    accept(rig, session, id);
    exit(rig, session, id, { evidence: { fetchedCommit: 'abc' } });
    assert.is(rig.command(id).status, 'AWAITING_POST_CHECK');
    rig.heartbeat(session, { repoCommit: 'abc', afterCommand: null });
    assert.is(rig.command(id).status, 'AWAITING_POST_CHECK', 'a report from before the exit proves nothing');
    rig.heartbeat(session, { repoCommit: 'abc', afterCommand: id });
    assert.is(rig.command(id).status, 'SUCCESS');
    assert.equal(
      rig.store.history.of(id).map(({ to }) => to),
      ['PENDING', 'EXECUTING', 'AWAITING_POST_CHECK', 'SUCCESS'],
    );
  }),
);

test(
  'an exit is acknowledged only after the transaction that holds it',
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    void rig.intake.frame(session, { type: 'command.exited', payload: sampleExit(id) });
    assert.not.ok(typesOf(session).includes('command.exited.ack'));
    rig.turn();
    assert.ok(typesOf(session).includes('command.exited.ack'));
  }),
);

test('a deadline that cannot be written is tried again with a pause, and not forgotten', () => {
  const disk = createDisk();
  const rig = createRig({ store: disk.under });
  try {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, session, id);
    disk.full = true;
    disk.tries = 0;
    for (let n = 0; n < 12_000; n += 10) {
      rig.clock.advance(10);
      rig.turn();
    }
    assert.ok(disk.tries > 1 && disk.tries < 5, `${disk.tries} tries in 2 s`);
    disk.full = false;
    rig.clock.advance(1_000);
    rig.turn();
    assert.is(rig.command(id).timeoutStatus, 'WARNING');
  } finally {
    rig.close();
  }
});

test('a host with an unwritten disconnect is not in contact: nothing is kept there', () => {
  const disk = createDisk();
  const rig = createRig({ store: disk.under });
  try {
    const web1 = rig.addHost('web1');
    const before = rig.connect(web1, guarding());
    const id = rig.dispatch('switch', 'web1');
    accept(rig, before, id);
    exit(rig, before, id, { evidence: ON_TRIAL });
    const back = rig.connect(web1, guarding({ instanceId: 'instance-2', report: onTrial(id) }));
    disk.full = true;
    rig.intake.closed(back);
    rig.turn();
    disk.full = false;
    rig.clock.advance(CONTACT_MS + 1_000);
    rig.turn();
    assert.is(rig.command(id).decision, null);
    assert.is(rig.command(id).status, 'AWAITING_RECONNECT');
    rig.connect(web1, guarding({ instanceId: 'instance-2', report: onTrial(id) }));
    rig.clock.advance(CONTACT_MS + 1_000);
    rig.turn();
    assert.is(rig.command(id).decision?.word, 'keep');
  } finally {
    rig.close();
  }
});

test('a turn that cannot be written is as if it had not been: no ack, memory as stored, not healthy', async () => {
  const disk = createDisk();
  const rig = createRig({ store: disk.under });
  try {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    disk.full = true;
    accept(rig, session, id);
    assert.is(rig.command(id).status, 'PENDING');
    assert.is(rig.ledger.healthy(), false);
    const { answer } = rig.dispatcher.dispatch({ op: 'cancel', hosts: ['web1'] }, 'admin');
    const durable = rig.ledger.commit();
    rig.turn();
    const refused = await durable.then(
      () => null,
      (error) => error,
    );
    assert.is(refused.code, 'storage_unavailable');
    assert.is(rig.recordOf(answer.results[0]?.commandId ?? ''), null);
    assert.is(rig.command(id).status, 'PENDING');
    disk.full = false;
    exit(rig, session, id);
    assert.is(rig.command(id).status, 'SUCCESS');
    assert.is(rig.ledger.healthy(), true);
  } finally {
    rig.close();
  }
});

test(
  'an end is reported once, even for a command sent and ended in one turn, and not again at a late result',
  withRig((rig) => {
    const told: string[] = [];
    rig.signals.ended.listen(({ op, status }) => told.push(`${op} ${status}`));
    const session = rig.connect(rig.addHost('web1'));
    const { answer } = rig.dispatcher.dispatch({ op: 'check-version', hosts: ['web1'] }, 'admin');
    rig.dispatcher.dispatch({ op: 'cancel', hosts: ['web1'] }, 'admin');
    rig.turn();
    assert.equal(told.sort(), ['cancel SUCCESS', 'check-version CANCELLED']);
    const id = answer.results[0]?.commandId ?? '';
    exit(rig, session, id);
    assert.is(rig.command(id).lateResult?.exitCode, 0);
    assert.is(told.length, 2);
    rig.addHost('away');
    rig.dispatch('switch', 'away');
    assert.equal(told.slice(2), ['switch BLOCKED'], 'one that was never sent');
  }),
);

test(
  'the host slot takes one command; a second dispatch is blocked, a queued one goes when the first has ended',
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    const first = rig.dispatch('check-version', 'web1');
    const { status, answer } = rig.dispatcher.dispatch({ op: 'check-version', hosts: ['web1'] }, 'admin');
    assert.is(status, 409);
    assert.is(answer.results[0]?.code, 'command_pending');
    const queued = rig.dispatch('check-version', 'web1', { queueMs: 60_000 });
    assert.is(rig.command(queued).status, 'QUEUED');
    accept(rig, session, first);
    exit(rig, session, first);
    assert.is(rig.command(first).status, 'SUCCESS');
    assert.is(rig.command(queued).status, 'PENDING');
  }),
);

test(
  'a queue is one line per host, in order, and a command that waits too long expires',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const ids = [1, 2].map(() => rig.dispatch('check-version', 'web1', { queueMs: 60_000 }));
    const late = rig.dispatch('check-version', 'web1', { queueMs: 1_000 });
    rig.clock.advance(2_000);
    rig.turn();
    assert.is(rig.command(late).status, 'EXPIRED');
    const session = rig.connect(web1);
    assert.equal(
      ids.map((id) => rig.command(id).status),
      ['PENDING', 'QUEUED'],
    );
    accept(rig, session, ids[0] ?? '');
    exit(rig, session, ids[0] ?? '');
    assert.is(rig.command(ids[1] ?? '').status, 'PENDING');
  }),
);

for (const [how, days] of [
  ['forward', 1],
  ['back', -1],
] as const)
  test(
    `a deadline that is set right after the clock was set a day ${how} is one of the new clock`,
    withRig((rig) => {
      const session = rig.connect(rig.addHost('web1'));
      const other = rig.connect(rig.addHost('web2'));
      rig.clock.setWall(rig.clock.now() + days * 86_400_000);
      const id = rig.dispatch('switch', 'web1');
      accept(rig, session, id);
      exit(rig, session, id);
      // Due soon: the alarm that notices the clock rings for it.
      accept(rig, other, rig.dispatch('check-version', 'web2'));
      const reconnectBy = rig.clock.now() + 90_000;
      for (let n = 0; n < 8; n++) rig.clock.advance(10_000);
      rig.turn();
      assert.is(rig.command(id).status, 'AWAITING_RECONNECT');
      assert.is(rig.command(id).reconnectBy, reconnectBy);
    }),
  );

test(
  'a queued command is sent with its op as the host has it then',
  withRig((rig) => {
    const web1 = rig.addHost('web1');
    const one = rig.dispatch('switch', 'web1', { queueMs: 60_000 });
    const other = rig.dispatch('switch', 'web1', { queueMs: 60_000 });
    const session = rig.connect(web1, { platform: 'nixos' });
    accept(rig, session, one);
    exit(rig, session, one, { exitCode: 4 });
    assert.is(rig.command(one).status, 'AWAITING_RECONNECT', 'activated, units failed');
    rig.intake.closed(session);
    const after = rig.connect(web1, { instanceId: 'instance-2', ops: [{ id: 'switch', completion: 'exit' }] });
    exit(rig, after, other);
    assert.is(rig.command(other).status, 'AWAITING_POST_CHECK');
  }),
);

test.run();
