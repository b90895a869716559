import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NewEvent } from '../../shared/model/event.ts';
import type { FakeSession } from '../fixtures/fake-session.ts';
import { createRig, type Rig } from '../fixtures/rig.ts';
import { addEvent, createNotifyRig, type NotifyRigOptions, runCommand } from './fixtures/notify-rig.ts';
import { DOWN, REFUSED, receiverWith } from './fixtures/receivers.ts';
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

test('a receiver that was down for an hour gets everything in order, and each try is the same message', async () => {
  let isDown = true;
  const { after, sent, notify } = tell([receiverWith('events = ["error"]')], () =>
    isDown ? DOWN : { kind: 'delivered' },
  );
  event({ message: 'first' });
  await after(3_600_000, 60_000);
  const tries = sent.length;
  assert.ok(tries > 8 && tries < 20, String(tries));
  event({ message: 'second' });
  assert.equal(new Set(sent.map(({ id }) => id)).size, 1);
  const [receiver] = notify.receivers();
  assert.equal([receiver?.waiting, receiver?.lastError?.message, receiver?.givenUp], [2, 'nothing listens', 0]);
  assert.type(receiver?.nextTryAt, 'number');
  isDown = false;
  await after(660_000, 60_000);
  assert.equal(notifyRig?.messages().slice(tries), ['first', 'second']);
  assert.equal(sent.at(-2), sent[0]);
  assert.is(notify.receivers()[0]?.lastError, null);
});

test('after an end between a try and its record, the next process sends the same message under the same id', async () => {
  const hangs = new Promise<Outcome>(() => {});
  const first = tell([receiverWith('events = ["error"]')], () => hangs);
  event({ message: 'one' });
  event({ message: 'two' });
  await first.after(2_000);
  assert.is(first.sent.length, 1);
  event({ message: 'three' });
  rig.crash();
  void first.notify.close();
  rig = createRig({ dataDir: rig.folder });
  const second = tell([receiverWith('events = ["error"]')]);
  await second.after(2_000);
  assert.is(second.sent[0]?.id, first.sent[0]?.id);
  assert.equal(
    second.sent.map(({ notices }) => notices.map(({ message }) => message).join()),
    ['one,two', 'three'],
  );
  assert.equal(second.sent[0], first.sent[0]);
});

test('a refused message is given up visibly and reported to other receivers, and a delivery clears it', async () => {
  let isRefused = true;
  const { after, notify, sent } = tell(
    [receiverWith('events = ["error"]'), receiverWith('events = ["notify_failed"]', 'boss')],
    ({ receiver }) => (receiver === 'ops' && isRefused ? REFUSED : { kind: 'delivered' }),
  );
  event();
  event();
  await after(4_000, 2_000);
  const [item, ...others] = notify.attention();
  assert.equal(
    [item?.kind, item?.message, others.length],
    ['notify_failed', 'ops (ntfy) was not told 2 notices: HTTP 400', 0],
  );
  const codes = rig.store.events.list({ first: 'newest', limit: 9 }).items.map(({ code }) => code);
  assert.is(codes.filter((code) => code === 'notice_given_up').length, 1);
  assert.equal(
    sent.filter(({ receiver }) => receiver === 'boss').map(({ notices }) => notices[0]?.message),
    ['ops (ntfy) was not told 2 notices: HTTP 400'],
  );
  event();
  await after(4_000, 2_000);
  assert.equal(
    [sent.filter(({ receiver }) => receiver === 'boss').length, notify.receivers()[0]?.givenUp],
    [1, 3],
    'people are told once',
  );
  isRefused = false;
  assert.equal(await Promise.all([notify.test('ops', 'token:me'), notifyRig?.flush()]), [
    { delivered: true, error: null },
    undefined,
  ]);
  assert.equal(notify.attention(), []);
  assert.is(notify.receivers()[0]?.givenUp, 3);
});

test('two failing receivers do not tell each other for ever', async () => {
  const { after, sent } = tell(
    [receiverWith('events = ["error"]'), receiverWith('events = ["error"]', 'other')],
    () => REFUSED,
  );
  event();
  await after(60_000, 2_000);
  assert.ok(sent.length <= 4, `${sent.length} messages`);
});

test('after a day of tries a message is given up, and later notices are sent', async () => {
  let isDown = true;
  const { after, notify } = tell([receiverWith('events = ["error"]')], () => (isDown ? DOWN : { kind: 'delivered' }));
  event({ message: 'old' });
  await after(23 * 3_600_000, 600_000);
  assert.is(notify.receivers()[0]?.givenUp, 0);
  event({ message: 'new' });
  await after(1.5 * 3_600_000, 600_000);
  assert.is(notify.receivers()[0]?.givenUp, 1);
  isDown = false;
  await after(600_000, 60_000);
  assert.equal([notify.receivers()[0]?.givenUp, notify.receivers()[0]?.waiting], [1, 0]);
});

test('a receiver that hangs holds up no other, and no command', async () => {
  const { after, sent } = tell(
    [receiverWith('events = ["error"]', 'hung'), receiverWith('events = ["error"]')],
    ({ receiver }) => (receiver === 'hung' ? new Promise<Outcome>(() => {}) : { kind: 'delivered' }),
  );
  event({ message: 'one' });
  await after(2_000);
  event({ message: 'two' });
  run('check-version', 0);
  await after(2_000);
  const to = (name: string) => sent.filter(({ receiver }) => receiver === name).length;
  assert.equal([to('hung'), to('ops')], [1, 2]);
});

test.run();
