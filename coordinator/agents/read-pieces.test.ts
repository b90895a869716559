import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import './read-pieces.ts';

test('the pieces of a message are let go once it was read, and not before', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    const [[reader]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [
      [WebSocket],
      unknown,
    ];
    const { _receiver: receiver } = reader as unknown as { _receiver: { _fragments: unknown[] } };
    for (const isBinary of [false, true]) {
      const pieces = receiver._fragments;
      const message = once(reader, 'message');
      client.send('in ', { binary: isBinary, fin: false });
      client.send('pieces', { binary: isBinary });
      const [data] = await message;
      assert.is(String(data), 'in pieces');
      assert.is.not(receiver._fragments, pieces);
      assert.is(pieces.length, 0);
    }
  } finally {
    client.terminate();
    server.close();
  }
});

test.run();
