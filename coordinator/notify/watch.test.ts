import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AttentionItem } from '../../shared/model/attention.ts';
import type { NewEvent } from '../../shared/model/event.ts';
import { createGuard } from '../engine/guard.ts';
import type { FakeSession } from '../fixtures/fake-session.ts';
import { createHeldStore } from '../fixtures/held-store.ts';
import { createRig, type Rig } from '../fixtures/rig.ts';
import { sampleId } from '../lifecycle/fixtures/sample.ts';
import { addEvent, createNotifyRig, type NotifyRigOptions, runCommand, SAMPLE_EVENT } from './fixtures/notify-rig.ts';
import { receiverWith } from './fixtures/receivers.ts';
import { createWatch } from './watch.ts';

let rig: Rig;
let notifyRig: ReturnType<typeof createNotifyRig> | null = null;
let held: ReturnType<typeof createHeldStore>;
let host: string;
let session: FakeSession;
test.before.each(() => {
  held = createHeldStore();
  rig = createRig({ store: held.under });
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

test('a receiver hears only of its own hosts and of the events that its words name', async () => {
  const { after, sent } = tell([
    receiverWith('where = "name:web*"', 'web'),
    receiverWith('events = ["warn"]', 'warnings'),
    receiverWith('events = ["kill_failed"]', 'kills'),
  ]);
  const db = rig.connect(rig.addHost('db1'));
  run('check-version', -1, db);
  run('check-version', -1);
  event({ level: 'warn', message: 'a warning' });
  await after(2_000);
  assert.equal(
    sent.map(({ receiver, notices }) => `${receiver}: ${notices.map(({ host, message }) => host ?? message)}`).sort(),
    ['warnings: a warning', 'web: web1'],
  );
});

test('a command that waits for an answer gets one notice: for its attention item, not for its event too', async () => {
  const { after, kinds } = tell([receiverWith('events = ["attention", "warn", "error"]')]);
  const id = rig.dispatch('pull', host);
  void rig.intake.frame(session, { type: 'command.accepted', payload: { id } });
  rig.turn();
  // The warning about its long run comes first.
  await after(5 * 60_000 + 10_000, 10_000);
  assert.equal(kinds(), ['event', 'timed_out']);
});

test("a host's long absence makes one notice, even across a restart, and so does its return", async () => {
  const receivers = [receiverWith('events = ["host_offline", "host_back"]\nafterMs = 120000')];
  const first = tell(receivers);
  await first.after(100_000, 5_000);
  rig.heartbeat(session, {});
  rig.intake.closed(session);
  await first.after(115_000, 5_000);
  assert.equal(first.kinds(), []);
  await first.after(60_000, 5_000);
  assert.equal(first.messages(), ['web1 was last seen 2 min ago']);
  await first.close();
  rig.crash();
  rig = createRig({ dataDir: rig.folder, startAt: rig.clock.now() });
  const second = tell(receivers);
  await second.after(200_000, 5_000);
  assert.equal(second.kinds(), []);
  rig.connect(host);
  await second.after(10_000, 5_000);
  assert.equal(second.messages(), ['web1 is back']);
  assert.equal(rig.store.outbox.absences(), []);
});

test('a coordinator that could not hear reports no host away', async () => {
  const { after, kinds } = tell([receiverWith('events = ["host_offline"]\nafterMs = 10000')]);
  rig.intake.closed(session);
  await after(80_000, 5_000);
  assert.equal(kinds(), [], 'it has just started');
  rig.clock.stall(60_000);
  await after(80_000, 5_000);
  assert.equal(kinds(), [], 'it was stopped');
  await after(20_000, 5_000);
  assert.equal(kinds(), ['host_offline']);
});

test("a host's news that arrives during another batch makes a notice once it is stored", async () => {
  const { after, flush, kinds } = tell([receiverWith('events = ["host_offline"]\nafterMs = 10000')]);
  rig.intake.closed(session);
  await after(85_000, 5_000);
  held.holds = true;
  event();
  rig.clock.advance(5_000);
  rig.turn();
  held.end();
  await after(2_000);
  assert.is(held.waiting(), 1, 'the notice is under way');
  held.holds = false;
  held.end();
  await flush();
  await after(4_000, 2_000);
  assert.equal(kinds(), ['host_offline']);
});

/** Looks at items of attention and keeps what is put into the outbox. */
function createLooks() {
  let items: AttentionItem[] = [];
  const put: string[] = [];
  const watch = createWatch({
    clock: rig.clock,
    guard: createGuard(console),
    receivers: [receiverWith()],
    stored: [],
    ledger: rig.ledger,
    roster: rig.roster,
    sessions: rig.sessions,
    attention: () => items,
    outbox: {
      put(_, { kind }, id) {
        rig.ledger.event({ ...SAMPLE_EVENT, at: rig.clock.now() });
        return put.push(`${kind} ${id}`) > 0;
      },
    },
  });
  const item = (since: number): AttentionItem => ({
    kind: 'unconfirmed',
    hostId: host,
    commandId: sampleId(7),
    rolloutId: null,
    since,
    lapsesAt: null,
    message: 'keep or undo it',
  });
  const look = (now: AttentionItem[]) => {
    items = now;
    rig.clock.advance(5_000);
    rig.turn();
  };
  return { put, item, look, close: watch.close };
}

test('a notice about a guard that could not be written is made by the next look', async () => {
  const { put, item, look, close } = createLooks();
  held.holds = true;
  look([item(1)]);
  look([item(1)]);
  assert.is(put.length, 1, 'its write is under way');
  while (held.waiting() > 0) held.end(new Error('the disk is full'));
  held.holds = false;
  await new Promise(setImmediate);
  look([item(1)]);
  await new Promise(setImmediate);
  look([item(1)]);
  assert.equal([put.length, new Set(put).size], [2, 1]);
  close();
});

test('a guard that waits for a person gets one notice each time it waits', async () => {
  const { put, item, look, close } = createLooks();
  look([{ ...item(1), kind: 'lost' }]);
  assert.equal(put, [], 'it was told when it came about');
  look([item(1)]);
  look([item(1)]);
  assert.is(put.length, 1);
  look([]);
  look([item(2)]);
  assert.is(new Set(put).size, 2);
  close();
});

test.run();
