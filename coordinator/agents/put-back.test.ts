import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { newCommandId } from '../../shared/ids.ts';
import type { CommandExited, Hello, Welcome } from '../../shared/wire/protocol.ts';
import { createDisk } from '../fixtures/disk.ts';
import type { FakeSession } from '../fixtures/fake-session.ts';
import { createRig, type Rig } from '../fixtures/rig.ts';
import { sampleExit } from '../lifecycle/fixtures/sample.ts';
import { MAX_TOLD } from './unrecorded-commands.ts';

let rig: Rig;
let host: string;
test.before.each(() => {
  rig = createRig();
  host = rig.addHost('web1');
});
test.after.each(() => {
  rig.close();
  assert.equal(rig.failures, []);
});

const KEEPS = { features: ['store_mark'] };
const connect = (known: Partial<Hello> = {}): FakeSession => rig.connect(host, { ...KEEPS, ...known });
const welcomeOf = ({ sent }: FakeSession): Welcome => {
  const frame = sent.findLast(({ type }) => type === 'welcome');
  if (frame?.type !== 'welcome') throw new Error('no welcome');
  return frame.payload;
};
const markOf = (session: FakeSession): number => welcomeOf(session).storeMark ?? 0;
const sentTo = ({ sent }: FakeSession): string[] => sent.map(({ type }) => type);
const eventsOf = (code: string): string[] =>
  rig.store.events
    .list({ first: 'oldest', limit: 2_000 })
    .items.filter((event) => event.code === code)
    .map(({ message }) => message);
const kinds = (): string[] => rig.attention.items().map(({ kind }) => kind);

function exit(session: FakeSession, id: string, known: Partial<CommandExited> = {}): void {
  void rig.intake.frame(session, { type: 'command.exited', payload: sampleExit(id, known) });
  rig.turn();
}

/** A command that the host accepted before the store was put back, and does not list afterwards. */
function askedFor(op = 'check-version'): { id: string; session: FakeSession } {
  const first = connect();
  const id = rig.dispatch(op, host);
  void rig.intake.frame(first, { type: 'command.accepted', payload: { id } });
  rig.turn();
  return { id, session: connect({ storeMark: Number.MAX_SAFE_INTEGER }) };
}

test("the mark grows with the store's events, and comes with the welcome and each acknowledgement", () => {
  const session = connect();
  const first = markOf(session);
  const id = rig.dispatch('check-version', host);
  exit(session, id);
  const ack = session.sent.findLast(({ type }) => type === 'command.exited.ack');
  const acked = ack?.type === 'command.exited.ack' ? (ack.payload.storeMark ?? 0) : 0;
  assert.ok(acked > first, `${acked} after ${first}`);
  assert.ok(markOf(connect()) >= acked);
});

test('a late result is reported, so the mark grows: a copy from before it asks for it', () => {
  const session = connect();
  const id = rig.dispatch('pull', host);
  void rig.intake.frame(session, { type: 'command.accepted', payload: { id } });
  rig.dispatch('cancel', host);
  rig.turn();
  const copy = mkdtempSync(join(tmpdir(), 'switchyard-copy-'));
  cpSync(rig.folder, copy, { recursive: true });
  exit(session, id, { exitCode: 3 });
  exit(session, id, { exitCode: 3 });
  const ack = session.sent.findLast(({ type }) => type === 'command.exited.ack');
  const storeMark = ack?.type === 'command.exited.ack' ? (ack.payload.storeMark ?? 0) : 0;
  const told = eventsOf('late_result');
  rig.close();
  rig = createRig({ dataDir: copy, startAt: rig.clock.now() + 60_000 });
  const again = connect({ storeMark });
  assert.equal(sentTo(again), ['welcome', 'command.run']);
  exit(again, id, { exitCode: 3, outputGone: true });
  assert.is(rig.command(id).lateResult?.exitCode, 3);
  assert.equal(told, ['pull: its process went on after the command was CANCELLED, and has ended with exit code 3']);
});

test('an agent that keeps no marks gets none with an acknowledgement', () => {
  const session = rig.connect(host);
  const id = rig.dispatch('check-version', host);
  exit(session, id);
  assert.equal(session.sent.findLast(({ type }) => type === 'command.exited.ack')?.payload, { id });
});

test('a host with a mark of this store, or without one, causes no event', () => {
  const mark = markOf(connect());
  connect({ storeMark: mark });
  connect();
  assert.equal(eventsOf('store_rewound'), []);
});

test('a mark that this store never gave makes one event and one item of attention, whatever else the host claims', () => {
  const mark = markOf(connect());
  for (const storeMark of [mark + 100, 1, Number.MAX_SAFE_INTEGER]) connect({ storeMark });
  assert.is(eventsOf('store_rewound').length, 1);
  assert.equal(kinds(), ['store_rewound']);
  assert.match(rig.attention.items()[0]?.message ?? '', /knew of/);
});

test('the welcome names the newest mark before the loss, and only after a loss', () => {
  const mark = markOf(connect());
  assert.is(welcomeOf(connect({ storeMark: mark })).knownMark, undefined);
  const { knownMark = 0, storeMark = 0 } = welcomeOf(connect({ storeMark: Number.MAX_SAFE_INTEGER }));
  assert.ok(knownMark >= mark && knownMark <= storeMark, `${mark} ${knownMark} ${storeMark}`);
  assert.is(welcomeOf(connect({ storeMark: 1 })).knownMark, 0);
});

test('a repeated end of a command that the store does not know is reported with its op', () => {
  const id = newCommandId();
  exit(connect(), id, { exitCode: 3, outputBytes: 9, outputGone: true, op: 'pull' });
  assert.equal(eventsOf('unrecorded_command'), [
    `web1: pull (${id}), which is not in this store, has ended with exit code 3; its 9 bytes of output are not kept`,
  ]);
});

test('an unknown mark concerns only the host that claims it', () => {
  const other = rig.addHost('web2');
  const session = rig.connect(other, KEEPS);
  const id = rig.dispatch('check-version', other);
  void rig.intake.frame(session, { type: 'command.accepted', payload: { id } });
  connect({ storeMark: Number.MAX_SAFE_INTEGER });
  const again = rig.connect(other, { ...KEEPS, storeMark: markOf(session) });
  assert.equal(sentTo(again), ['welcome']);
  assert.is(rig.command(id).code, 'agent_lost_command');
  assert.is(eventsOf('store_rewound').length, 1);
});

test('a later success on that host settles the item', () => {
  const session = connect({ storeMark: 1 });
  assert.equal(kinds(), ['store_rewound']);
  exit(session, rig.dispatch('check-version', host));
  assert.equal(kinds(), []);
});

test('after the welcome, accepted commands that the host does not list are asked for by a run that cannot start', () => {
  const { id, session } = askedFor();
  assert.equal(sentTo(session), ['welcome', 'command.run']);
  const [, run] = session.sent;
  assert.ok(run?.type === 'command.run' && run.payload.id === id && run.payload.notAfter < rig.clock.now());
  assert.is(rig.command(id).status, 'EXECUTING');
});

test("such a command ends by the host's answer, and says that the rest of its output is gone", () => {
  const { id, session } = askedFor();
  exit(session, id, { exitCode: 3, outputBytes: 12, outputGone: true });
  assert.is(`${rig.command(id).status} ${rig.command(id).code}`, 'ERROR exit_nonzero');
  assert.equal(rig.command(id).output, { bytes: 0, total: 12, truncated: true });
});

test('it is LOST if the host has nothing of it', () => {
  const { id, session } = askedFor();
  void rig.intake.frame(session, { type: 'command.rejected', payload: { id, code: 'expired', message: 'late' } });
  rig.turn();
  assert.is(`${rig.command(id).status} ${rig.command(id).code}`, 'LOST agent_lost_command');
});

test("it is asked for again on a later connection, even after a restart, although the agent then knows this store's mark", () => {
  const { id, session } = askedFor();
  const storeMark = markOf(session);
  assert.equal(sentTo(connect({ storeMark })), ['welcome', 'command.run']);
  rig.crash();
  const folder = rig.folder;
  rig = createRig({ dataDir: folder });
  assert.equal(sentTo(connect({ storeMark })), ['welcome', 'command.run']);
  assert.is(rig.command(id).status, 'EXECUTING');
});

const held = (id: string, state: 'running' | 'exited' = 'exited') =>
  ({ id, op: 'check-version', state, startedAt: 1, outputBytes: 4 }) as const;

test('a held command unknown to the store is reported, not finished, and reported with its end, once each', () => {
  const id = newCommandId();
  const session = connect({ commands: [held(id)] });
  assert.equal(welcomeOf(session).finished, []);
  assert.equal(welcomeOf(session).output, [{ id, offset: 4 }]);
  exit(session, id, { exitCode: 3, outputBytes: 4 });
  exit(session, id, { exitCode: 3, outputBytes: 4 });
  assert.equal(sentTo(session), ['welcome', 'command.exited.ack', 'command.exited.ack']);
  const again = connect({ commands: [held(id)] });
  assert.equal(welcomeOf(again).finished, [id]);
  assert.equal(eventsOf('unrecorded_command'), [
    `web1: check-version (${id}) is not in this store: it has ended on the host`,
    `web1: check-version (${id}), which is not in this store, has ended with exit code 3; its 4 bytes of output are not kept`,
  ]);
});

test('an agent without marks drops it as before, and it is reported too', () => {
  const id = newCommandId();
  const session = rig.connect(host, { commands: [held(id)] });
  assert.equal(welcomeOf(session).finished, [id]);
  assert.is(eventsOf('unrecorded_command').length, 1);
});

test('made-up commands of a host are reported singly up to the limit, then once as more', () => {
  const made = () => Array.from({ length: 400 }, () => held(newCommandId(), 'running'));
  for (let n = 0; n < 3; n += 1) connect({ commands: made() });
  const told = eventsOf('unrecorded_command');
  assert.is(told.length, MAX_TOLD + 1);
  assert.match(told.at(-1) ?? '', /holds more than 500/);
});

test('the limit also holds for a burst before the store has answered', () => {
  const session = connect();
  for (let n = 0; n < MAX_TOLD + 100; n += 1)
    void rig.intake.frame(session, { type: 'command.exited', payload: sampleExit(newCommandId()) });
  rig.turn();
  assert.is(eventsOf('unrecorded_command').length, MAX_TOLD + 1);
});

test('a removed host leaves nothing in memory', () => {
  const commands = [held(newCommandId())];
  connect({ commands });
  connect({ commands });
  assert.is(eventsOf('unrecorded_command').length, 1);
  rig.roster.remove(host);
  rig.roster.add({ id: host, name: 'web1', tags: [], createdAt: 0, maintenance: null, known: null });
  connect({ commands });
  assert.is(eventsOf('unrecorded_command').length, 2);
});

test('an id that a burst repeats is reported once, in one hello or in several frames', () => {
  const id = newCommandId();
  const session = connect({ commands: Array.from({ length: 5 }, () => held(id)) });
  const payload = sampleExit(id, { exitCode: 3 });
  for (let n = 0; n < 5; n += 1) void rig.intake.frame(session, { type: 'command.exited', payload });
  rig.turn();
  assert.is(eventsOf('unrecorded_command').length, 2);
});

test('a hello repeated before the store has answered reports lost commits once', () => {
  const session = connect();
  for (let n = 0; n < 3; n += 1) void rig.intake.hello(session, rig.hello({ ...KEEPS, storeMark: 1 }));
  rig.turn();
  assert.is(eventsOf('store_rewound').length, 1);
  assert.equal(kinds(), ['store_rewound']);
});

test('a report whose write failed is repeated', async () => {
  const disk = createDisk();
  const failing = createRig({ store: disk.under });
  try {
    const web1 = failing.addHost('web1');
    const known = { ...KEEPS, storeMark: 1, commands: [held(newCommandId())] };
    disk.full = true;
    failing.connect(web1, known);
    await Promise.resolve();
    disk.full = false;
    failing.connect(web1, known);
    const codes = failing.store.events.list({ first: 'oldest', limit: 100 }).items.map(({ code }) => code);
    for (const code of ['store_rewound', 'unrecorded_command']) assert.ok(codes.includes(code), code);
  } finally {
    failing.close();
  }
});

test('a command sent from the queue before the store was put back is not sent again, and ends as its host reports', () => {
  const id = rig.dispatch('check-version', host, { queueMs: 60_000 });
  assert.is(rig.command(id).status, 'QUEUED');
  const session = connect({ commands: [held(id)] });
  assert.equal(sentTo(session), ['welcome']);
  rig.clock.advance(120_000);
  rig.turn();
  assert.is(rig.command(id).status, 'QUEUED');
  exit(session, id, { exitCode: 3 });
  assert.is(`${rig.command(id).status} ${rig.command(id).code}`, 'ERROR exit_nonzero');
});

test.run();
