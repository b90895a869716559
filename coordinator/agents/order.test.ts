import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import { createOrder, type Ordered } from './order.ts';

function setUp() {
  const told: string[] = [];
  const socket = { pause: () => void told.push('pause') } as unknown as WebSocket;
  const connection: Ordered = { socket, behind: null };
  const inOrder = createOrder({
    failed: (_, err) => void told.push(String(err)),
    goneOn: () => void told.push('gone on'),
  });
  const handle = (run: () => void | Promise<void>) => inOrder(connection, run);
  return { told, connection, handle };
}

test('frames behind a waiting one are handled after it, in order, and the socket is paused until then', async () => {
  const { told, handle } = setUp();
  const [first, third] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  handle(() => first.promise.then(() => void told.push('first')));
  handle(() => void told.push('second'));
  handle(() => third.promise.then(() => void told.push('third')));
  handle(() => void told.push('fourth'));
  assert.equal(told, ['pause']);
  first.resolve();
  await new Promise(setImmediate);
  assert.equal(told, ['pause', 'first', 'second', 'pause']);
  third.resolve();
  await new Promise(setImmediate);
  assert.equal(told, ['pause', 'first', 'second', 'pause', 'third', 'fourth', 'gone on']);
});

test('a frame that needs no read is handled at once; a failing one is reported and holds up no other', async () => {
  const { told, connection, handle } = setUp();
  handle(() => void told.push('first'));
  handle(() => {
    throw new Error('at once');
  });
  handle(() => Promise.reject(new Error('later')));
  handle(() => void told.push('last'));
  await new Promise(setImmediate);
  assert.equal(told, ['first', 'Error: at once', 'pause', 'Error: later', 'last', 'gone on']);
  assert.is(connection.behind, null);
});

test.run();
