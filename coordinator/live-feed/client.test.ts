import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import { ADMIN } from '../auth/principal.ts';
import { createLiveFeedClient } from './client.ts';
import { createLiveFeedDeltas } from './deltas.ts';

const PIECE = 'x'.repeat(256 * 1024);

/** A socket whose other side reads when the test says so. */
function heldSocket() {
  const sent: { text: string; fin: boolean }[] = [];
  let taken: (() => void)[] = [];
  const socket = {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    send(data: string | Buffer, { fin = true }: { fin?: boolean }, done: () => void) {
      sent.push({ text: String(data), fin });
      socket.bufferedAmount += data.length;
      taken.push(() => {
        socket.bufferedAmount -= data.length;
        done();
      });
    },
  };
  const read = () => {
    const [first, ...rest] = taken;
    taken = rest;
    first?.();
    return first !== undefined;
  };
  return { socket: socket as unknown as WebSocket, sent, read };
}

test('a large state is one message in pieces, made as the client reads, and later frames follow it', async () => {
  const { socket, sent, read } = heldSocket();
  const deltas = createLiveFeedDeltas();
  let made = 0;
  function* pieces() {
    for (; made < 40; made += 1) yield PIECE;
    yield 'end';
  }
  const client = createLiveFeedClient({
    ...{ socket, principal: ADMIN, now: 0, version: null, deltaAfter: deltas.after, reaches: deltas.reaches },
    state: () => ({ version: deltas.version(), pieces: pieces() }),
  });
  client.pump();
  assert.ok(made < 10, `${made} pieces are made though none is read`);
  client.sendOutput({ type: 'output', commandId: 'id', offset: 0, data: 'meanwhile', next: 9 });
  deltas.push(() => Buffer.from('delta'));
  client.pump();
  let hasRoom = false;
  const room = client.room().then(() => {
    hasRoom = true;
  });
  for (let count = 0; count < 20; count += 1) read();
  await Promise.resolve();
  assert.is(hasRoom, false, 'output waits too');
  assert.is(client.isAt(1), false);
  while (read());
  await room;
  assert.equal(
    sent.map(({ fin }) => fin),
    [...Array(40).fill(false), true, true, true],
  );
  assert.is(
    sent.slice(0, 41).reduce((sum, { text }) => sum + text.length, 0),
    40 * PIECE.length + 3,
  );
  assert.match(sent[41]?.text ?? '', 'meanwhile');
  assert.is(sent[42]?.text, 'delta');
  assert.ok(client.isAt(1));
});

test('a client catches up until it has what came while it took the state', () => {
  const { socket, sent, read } = heldSocket();
  const client = createLiveFeedClient({
    ...{ socket, principal: ADMIN, now: 0, version: null },
    ...{ deltaAfter: (version) => deltas.after(version), reaches: (version) => deltas.reaches(version) },
    state: () => ({ version: deltas.version(), pieces: Array(20).fill(PIECE).values() }),
  });
  const deltas = createLiveFeedDeltas({ maxBytes: 30, leastBytes: () => (client.catchesUp() ? 200 : 0) });
  const push = (count: number) => {
    for (let done = 0; done < count; done += 1) deltas.push((version) => Buffer.from(`delta ${version}`.padEnd(10)));
    client.pump();
  };
  client.pump();
  push(15);
  assert.ok(client.catchesUp());
  assert.ok(deltas.reaches(0), 'it can go on from its state');
  while (read());
  assert.equal(
    sent.slice(20).map(({ text }) => text.trim()),
    Array.from({ length: 15 }, (_, index) => `delta ${index + 1}`),
  );
  assert.is(client.catchesUp(), false);
  push(1);
  assert.is(deltas.reaches(12), false, 'no more is held than before');
  client.oweState();
  assert.ok(client.catchesUp(), 'a state that it asks for is one too');
});

test('more deltas are held for a larger fleet', () => {
  const held = (leastBytes: number) => {
    const deltas = createLiveFeedDeltas({ maxBytes: 30, leastBytes: () => leastBytes });
    for (let count = 0; count < 20; count += 1) deltas.push(() => Buffer.alloc(10));
    return Array.from({ length: 20 }, (_, version) => deltas.reaches(version)).filter(Boolean).length;
  };
  assert.is(held(0), 3);
  assert.is(held(100), 10);
});

test.run();
