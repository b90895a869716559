import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NewEvent } from '../../shared/model/event.ts';
import { sleep } from '../../shared/time/clock.ts';
import type { FakeSession } from '../fixtures/fake-session.ts';
import { createRig, type Rig } from '../fixtures/rig.ts';
import { addEvent, createNotifyRig, type NotifyRigOptions, runCommand, SAMPLE_EVENT } from './fixtures/notify-rig.ts';
import { DOWN, receiverWith } from './fixtures/receivers.ts';
import type { Outcome } from './progress.ts';

let rig: Rig;
let notifyRig: ReturnType<typeof createNotifyRig> | null = null;
let host: string;
let session: FakeSession;
test.before.each(() => {
  rig = createRig();
  host = rig.addHost('web1');
  session = rig.connect(host);
});
test.after.each(async () => {
  await notifyRig?.close();
  notifyRig = null;
  rig.close();
});

const tell = (...given: NotifyRigOptions) => {
  notifyRig = createNotifyRig(rig, ...given);
  return notifyRig;
};

const run = (op: string, exitCode: number, at = session): void => runCommand(rig, at, op, exitCode);
const event = (more: Partial<NewEvent> = {}): void => addEvent(rig, more);

test('a bad end makes one notice, with its host and command; a good end makes none', async () => {
  const { after, sent } = tell([receiverWith()]);
  run('check-version', 0);
  run('check-version', -1);
  await after(2_000);
  assert.is(sent.length, 1);
  const [notice, ...more] = sent[0]?.notices ?? [];
  assert.equal([notice?.kind, notice?.host, notice?.hostId, more.length], ['lost', 'web1', host, 0]);
  assert.is(notice?.message, `check-version ended LOST: ${rig.command(notice?.commandId ?? '').message}`);
});

test("a notice is written in its cause's transaction: a cause that cannot be written makes none", async () => {
  const { after, sent, notify } = tell([receiverWith('events = ["error"]')]);
  const { id, name, createdAt } = rig.roster.byId(host) ?? { id: '', name: '', createdAt: 0 };
  // The host's name is taken, so that the whole turn fails.
  rig.ledger.also({ type: 'host_added', host: { id, name, tags: [], createdAt, tokenHash: 'other' } });
  event();
  assert.is(rig.failures.length, 1);
  await after(2_000);
  assert.equal([sent.length, notify.receivers()[0]?.waiting], [0, 0]);
  event();
  assert.is(rig.store.outbox.next('ops', 9).length, 1, 'durable before anything is sent');
  await after(2_000);
  assert.is(sent.length, 1);
  assert.equal(rig.store.outbox.next('ops', 9), []);
});

test('a burst is one message', async () => {
  const { after, sent } = tell([receiverWith('events = ["error"]\ndigestMs = 1000')]);
  for (let number = 0; number < 300; number++) event({ message: `event ${number}` });
  await after(1_000);
  assert.is(sent.length, 1);
  assert.equal(
    sent[0]?.notices.map(({ message }) => message),
    Array.from({ length: 300 }, (_, number) => `event ${number}`),
  );
});

test('a steady stream makes at most one message per digest', async () => {
  const { after, sent } = tell([receiverWith('events = ["error"]\ndigestMs = 2000')], async () => {
    // More comes during a delivery.
    await sleep(rig.clock, 300);
    return { kind: 'delivered' };
  });
  for (let number = 0; number < 100; number++) {
    event({ message: String(number) });
    await after(100);
  }
  await after(4_000, 500);
  assert.ok(sent.length <= 6, `${sent.length} messages in 12 s`);
  assert.equal(
    notifyRig?.messages(),
    Array.from({ length: 100 }, (_, number) => String(number)),
  );
});

test('without a digest each notice is a message, in order, one at a time', async () => {
  let under = 0;
  let most = 0;
  const answers: (() => void)[] = [];
  const { flush, sent } = tell([receiverWith('events = ["error"]\ndigestMs = 0')], async () => {
    under += 1;
    most = Math.max(most, under);
    await new Promise<void>((resolve) => answers.push(resolve));
    under -= 1;
    return { kind: 'delivered' };
  });
  for (let number = 0; number < 5; number++) event({ message: String(number) });
  for (let number = 0; number < 5; number++) {
    await flush();
    answers.shift()?.();
  }
  await flush();
  assert.equal(
    [most, sent.map(({ notices }) => notices.map(({ message }) => message).join())],
    [1, ['0', '1', '2', '3', '4']],
  );
});

test('waiting notices are bounded, and the last one says so', async () => {
  let isDown = true;
  const answer = (): Outcome => (isDown ? DOWN : { kind: 'delivered' });
  const { flush, after, notify, messages } = tell([receiverWith('events = ["error"]')], answer, {
    notices: 100,
    bytes: 1_000_000,
  });
  const more = (count: number) => {
    for (let number = 0; number < count; number++) rig.ledger.event({ ...SAMPLE_EVENT, at: rig.clock.now() });
    rig.turn();
  };
  more(150);
  await flush();
  const waiting = rig.store.outbox.next('ops', 1_000);
  assert.is(waiting.length, 101);
  assert.is(waiting.at(-1)?.notice.kind, 'omitted');
  assert.equal([notify.omitted('ops'), notify.receivers()[0]?.waiting], [50, 101]);
  isDown = false;
  await after(60_000, 5_000);
  more(1);
  await after(2_000);
  assert.equal([notify.receivers()[0]?.waiting, messages().length], [0, 102], 'there is room again');
});

test('a test is sent at once and audited, and an unknown receiver is refused', async () => {
  const { notify, sent, flush } = tell([receiverWith()], () => DOWN);
  const [answer] = await Promise.all([notify.test('ops', 'token:me'), flush()]);
  assert.equal(answer, { delivered: false, error: 'nothing listens' });
  assert.equal([sent[0]?.notices[0]?.kind, notify.receivers()[0]?.lastError?.message], ['test', 'nothing listens']);
  const [audit] = rig.store.events.list({ first: 'newest', limit: 1 }).items;
  assert.equal([audit?.code, audit?.category, audit?.actor], ['notify_tested', 'audit', 'token:me']);
  await notify.test('nobody', 'admin').then(
    () => assert.unreachable(),
    ({ code }) => assert.is(code, 'unknown_receiver'),
  );
});

test('a store that cannot be read for a moment delays notices and loses none', async () => {
  const { store } = rig;
  let isBusy = false;
  const next: typeof store.outbox.next = (...asked) => {
    if (isBusy) throw new Error('the store is busy');
    return store.outbox.next(...asked);
  };
  const one = createNotifyRig({ ...rig, store: { ...store, outbox: { ...store.outbox, next } } }, [
    receiverWith('events = ["error"]'),
  ]);
  notifyRig = one;
  event({ message: 'first' });
  await one.after(2_000);
  isBusy = true;
  event({ message: 'second' });
  await one.after(2_000);
  isBusy = false;
  assert.equal(one.messages(), ['first']);
  await one.after(10_000, 1_000);
  assert.equal(one.messages(), ['first', 'second']);
});

test('notices for a receiver that CONFIG no longer names are dropped, and an event says so', async () => {
  const first = tell([receiverWith('events = ["error"]')], () => DOWN);
  event();
  await first.after(2_000);
  await first.close();
  rig.crash();
  rig = createRig({ dataDir: rig.folder });
  const second = tell([]);
  await second.flush();
  assert.equal([rig.store.outbox.receivers(), rig.store.outbox.waiting()], [[], []]);
  assert.ok(rig.store.events.list({ first: 'newest', limit: 9 }).items.some(({ code }) => code === 'receiver_removed'));
});

test.run();
