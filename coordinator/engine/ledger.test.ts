import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { typesOf } from '../fixtures/agent-side.ts';
import { createRig } from '../fixtures/rig.ts';
import { sampleExit } from '../lifecycle/fixtures/sample.ts';
import type { Store } from '../store/port.ts';
import type { Write } from '../store/write.ts';

test("a turn's changes are shown once written, together with their history", async () => {
  const rig = createRig();
  try {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    const shown = async () => (await rig.ledger.committed(id))?.command.status;
    void rig.intake.frame(session, { type: 'command.accepted', payload: { id } });
    assert.is(rig.recordOf(id)?.command.status, 'EXECUTING');
    assert.is(await shown(), 'PENDING');
    assert.is(rig.store.history.of(id).at(-1)?.to, 'PENDING');
    rig.turn();
    assert.is(await shown(), 'EXECUTING');
    assert.is(rig.store.history.of(id).at(-1)?.to, 'EXECUTING');
  } finally {
    rig.close();
  }
});

test('a command made in this turn is not shown; one only in the store is', async () => {
  const rig = createRig();
  try {
    rig.addHost('web1');
    const { answer } = rig.dispatcher.dispatch({ op: 'pull', hosts: ['web1'] }, 'admin');
    const id = answer.results[0]?.commandId ?? '';
    assert.is(await rig.ledger.committed(id), null);
    rig.turn();
    assert.is((await rig.ledger.committed(id))?.command.status, 'BLOCKED');
  } finally {
    rig.close();
  }
});

/** A disk on which nothing of these commands can be kept. */
function createBadSector() {
  const bad = new Set<string>();
  const under = (store: Store): Store => ({
    ...store,
    write(parts, heard) {
      const isBad = (write: Write) => write.type === 'command' && bad.has(write.record.command.id);
      const cause = new Error('this one cannot be kept');
      store.write(
        parts.filter((part) => !part.some(isBad)),
        (written) => {
          const kept = [...written];
          heard(parts.map((part) => (part.some(isBad) ? { cause } : (kept.shift() ?? { cause }))));
        },
      );
    },
  });
  return { bad, under };
}

test("a host's failed write is taken back, and the rest of the turn stands", () => {
  const sector = createBadSector();
  const rig = createRig({ store: sector.under });
  try {
    const hosts = ['web1', 'web2', 'web3'].map((name) => ({ name, session: rig.connect(rig.addHost(name)) }));
    const ids = hosts.map(({ name }) => rig.dispatch('check-version', name));
    const [one = '', two = '', three = ''] = ids;
    sector.bad.add(two);
    for (const [index, { session }] of hosts.entries()) {
      const [id = ''] = ids.slice(index);
      void rig.intake.frame(session, { type: 'command.exited', payload: sampleExit(id) });
    }
    rig.turn();
    assert.equal(
      ids.map((id) => rig.command(id).status),
      ['SUCCESS', 'PENDING', 'SUCCESS'],
    );
    const acked = hosts.map(({ session }) => typesOf(session).includes('command.exited.ack'));
    assert.equal(acked, [true, false, true]);
    for (const id of [one, three]) assert.is(rig.store.history.of(id).at(-1)?.to, 'SUCCESS');
    assert.is(rig.store.history.of(two).at(-1)?.to, 'PENDING');
    assert.is(rig.ledger.healthy(), true);
  } finally {
    rig.close();
  }
});

test("a person's request is written as a whole, together with its hosts' frames of that turn", async () => {
  const sector = createBadSector();
  const rig = createRig({ store: sector.under });
  try {
    const [web1, web2, web3] = ['web1', 'web2', 'web3'].map((name) => rig.connect(rig.addHost(name)));
    if (!web1 || !web2 || !web3) throw new Error('three hosts');
    const ids = ['web1', 'web2', 'web3'].map((name) => rig.dispatch('check-version', name));
    const [one = '', two = '', three = ''] = ids;
    const accept = (session: typeof web1, id: string) =>
      rig.intake.frame(session, { type: 'command.accepted', payload: { id } });
    void accept(web1, one);
    void accept(web3, three);
    sector.bad.add(two);
    rig.dispatcher.dispatch({ op: 'cancel', hosts: ['web1', 'web2'] }, 'admin');
    void accept(web2, two);
    const durable = rig.ledger.commit().then(
      () => 'kept',
      ({ code }) => code,
    );
    rig.turn();
    assert.is(await durable, 'storage_unavailable');
    assert.equal(
      ids.map((id) => rig.command(id).status),
      ['PENDING', 'PENDING', 'EXECUTING'],
    );
    sector.bad.clear();
    void accept(web1, one);
    rig.turn();
    assert.is(rig.command(one).status, 'EXECUTING');
  } finally {
    rig.close();
  }
});

test('an effect that fails does not stop the others', () => {
  const rig = createRig();
  try {
    const web1 = rig.connect(rig.addHost('web1'));
    const web2 = rig.connect(rig.addHost('web2'));
    const told: string[] = [];
    rig.ledger.inTurnOf(web1.hostId, () => {
      rig.ledger.afterCommit(() => {
        throw new Error('nobody foresaw this');
      });
      rig.ledger.afterCommit(() => told.push('web1'));
    });
    rig.ledger.inTurnOf(web2.hostId, () => rig.ledger.afterCommit(() => told.push('web2')));
    rig.turn();
    assert.equal(told, ['web1', 'web2']);
    assert.is(rig.failures.length, 1);
  } finally {
    rig.close();
  }
});

test.run();
