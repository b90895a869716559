import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createFakeClock, type FakeClock } from '../../shared/time/fake-clock.ts';
import { OUTPUT_HEADER_BYTES } from '../../shared/wire/codec.ts';
import { MAX_UNACKED_OUTPUT_BYTES, type OutputChunk } from '../../shared/wire/protocol.ts';
import { createOutputSender, type OutputSender } from './output-sender.ts';

const CHUNK = 256 * 1024;

let dir = '';
let sent: OutputChunk[] = [];
let sender: OutputSender;
let clock: FakeClock;
test.before.each(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-output-'));
  sent = [];
  clock = createFakeClock();
  sender = createOutputSender({ send: (chunk) => sent.push(chunk), clock });
});
test.after.each(async () => {
  await sender.close();
  rmSync(dir, { recursive: true, force: true });
});

function add(id: string, bytes = 0) {
  const path = join(dir, id);
  appendFileSync(path, Buffer.alloc(bytes, id));
  sender.add(id, path);
  return (text: string) => {
    appendFileSync(path, text);
    sender.poke();
  };
}

const spans = () =>
  sent
    .filter(({ commandId }) => commandId !== 'mark')
    .map(({ commandId, offset, bytes }) => [commandId, offset, bytes.length]);
/** Resolves when everything sendable is sent: each round sends a chunk of every log in turn, and the mark's log is the last. */
async function settled(count: number) {
  await waitFor(`${count} chunks, not ${sent.length}`, () => sent.length >= count);
  add('mark', 1);
  sender.poke();
  await waitFor('the mark', () => sent.some(({ commandId }) => commandId === 'mark'));
  assert.is(sent.length, count + 1);
}

test('nothing is sent before a welcome, and then all from the offset that it names', async () => {
  const append = add('a', 10);
  append('more');
  assert.equal(spans(), []);
  sender.resume(new Map([['a', 4]]));
  await settled(1);
  assert.equal(spans(), [['a', 4, 10]]);
});

test('appended output is sent as it comes', async () => {
  const append = add('a');
  sender.resume(new Map());
  append('one');
  await waitFor('the first', () => sent.length === 1);
  append('two');
  await waitFor('the second', () => sent.length === 2);
  assert.equal(spans(), [
    ['a', 0, 3],
    ['a', 3, 3],
  ]);
});

test('the bytes of a chunk lie in its room, behind the header of its frame', async () => {
  const rooms: boolean[] = [];
  const other = createOutputSender({
    clock,
    send: ({ bytes }, room) =>
      rooms.push(bytes.buffer === room.buffer && bytes.byteOffset === room.byteOffset + OUTPUT_HEADER_BYTES),
  });
  appendFileSync(join(dir, 'a'), 'some output');
  other.add('a', join(dir, 'a'));
  other.resume(new Map());
  await waitFor('the chunk', () => rooms.length === 1);
  assert.equal(rooms, [true]);
  await other.close();
});

test('over all commands at most 1 MiB waits for its acknowledgement, and a loud one does not silence another', async () => {
  add('a', 2 * MAX_UNACKED_OUTPUT_BYTES);
  add('b', 5);
  sender.resume(new Map());
  await waitFor(
    'a full window',
    () => sent.reduce((sum, { bytes }) => sum + bytes.length, 0) === MAX_UNACKED_OUTPUT_BYTES,
  );
  assert.is(sent[1]?.commandId, 'b');
  const before = sent.length;
  sender.ack('a', CHUNK);
  await waitFor('the next chunk', () => sent.length === before + 1);
  assert.ok(sent.every(({ bytes }) => bytes.length <= CHUNK));
});

test('an acknowledgement behind the bytes in flight is not a gap while it moves; a repeated one is, once', async () => {
  add('a', 3 * CHUNK);
  sender.resume(new Map());
  await waitFor('three chunks', () => sent.length === 3);
  sender.ack('a', CHUNK);
  sender.ack('a', CHUNK);
  await waitFor('the repetition', () => sent.length === 5);
  sender.ack('a', CHUNK);
  await settled(5);
  assert.equal(spans().slice(3), [
    ['a', CHUNK, CHUNK],
    ['a', 2 * CHUNK, CHUNK],
  ]);
});

test('bytes refused again are sent once a second until they are accepted', async () => {
  add('a', 2 * CHUNK);
  sender.resume(new Map());
  await waitFor('both chunks', () => sent.length === 2);
  sender.ack('a', 0);
  await waitFor('the repetition', () => sent.length === 4);
  for (const count of [6, 8]) {
    sender.ack('a', 0);
    sender.ack('a', 0);
    clock.advance(999);
    assert.is(sent.length, count - 2);
    clock.advance(1);
    await waitFor('another repetition', () => sent.length === count);
  }
  sender.ack('a', 0);
  sender.ack('a', 2 * CHUNK);
  clock.advance(1_000);
  await settled(8);
  assert.is(clock.pending(), 0);
});

test('a connection that ends or a command that goes takes the repetition with it', async () => {
  const ends = { a: () => sender.remove('a'), b: () => sender.pause() };
  for (const [id, end] of Object.entries(ends)) {
    add(id, CHUNK);
    sender.resume(new Map());
    await waitFor('the chunk', () => sent.length === 1);
    sender.ack(id, 0);
    await waitFor('the repetition', () => sent.length === 2);
    sender.ack(id, 0);
    await end();
    clock.advance(1_000);
    assert.is(clock.pending(), 0);
    await new Promise<void>((resolve) => setImmediate(resolve));
    assert.is(sent.length, 2);
    sent.length = 0;
  }
});

test('bytes acknowledged without being sent were dropped on purpose, and are skipped', async () => {
  add('a', 10);
  sender.resume(new Map([['a', 0]]));
  await waitFor('the chunk', () => sent.length === 1);
  sender.ack('a', 1_000_000);
  assert.is(sender.acked('a'), 1_000_000);
  await settled(1);
});

test('bytes acknowledged during their read are not sent', async () => {
  add('a', 10);
  sender.resume(new Map());
  sender.ack('a', 10);
  await settled(0);
});

test('bytes in flight at the end of a connection are sent again after the next welcome', async () => {
  add('a', 10);
  sender.resume(new Map());
  await waitFor('the chunk', () => sent.length === 1);
  sender.pause();
  sender.resume(new Map([['a', 0]]));
  await settled(2);
  assert.equal(spans()[1], ['a', 0, 10]);
});

test.run();
