import { once } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type Fate, startProxy } from './proxy.ts';

/** A server that echoes each frame, and a client behind a proxy. */
async function scene(body: (tools: Tools) => Promise<void>): Promise<void> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const address = server.address();
  const proxy = await startProxy(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  const heard: string[] = [];
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      heard.push(isBinary ? `${data.length} bytes` : data.toString());
      socket.send(data, { binary: isBinary });
    });
  });
  const connect = async () => {
    const client = new WebSocket(proxy.address.replace('http', 'ws'));
    const got: string[] = [];
    client.on('error', () => {});
    client.on('message', (data: Buffer) => got.push(data.toString()));
    await new Promise((resolve) => client.on('open', resolve).on('close', resolve));
    return { client, got };
  };
  try {
    await body({ proxy, heard, connect });
  } finally {
    await proxy.close();
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
}

type Tools = {
  proxy: Awaited<ReturnType<typeof startProxy>>;
  heard: string[];
  connect(): Promise<{ client: WebSocket; got: string[] }>;
};

const frame = (type: string, text = '') => JSON.stringify({ type, payload: { text } });

const fateOf =
  (wanted: string, fate: Fate) =>
  ({ type, from }: { type: string; from: string }): Fate =>
    `${from} ${type}` === wanted ? fate : 'pass';

test('frames of every length pass as they were, each with its type', () =>
  scene(async ({ proxy, heard, connect }) => {
    const types: string[] = [];
    proxy.onFrame(({ type, from }) => {
      if (from === 'agent') types.push(type);
      return 'pass';
    });
    const { client, got } = await connect();
    const sent = [frame('hello'), frame('middle', 'é'.repeat(5_000)), frame('long', 'x'.repeat(200_000))];
    for (const text of sent) client.send(text);
    client.send(Buffer.alloc(70_000));
    await waitFor('all frames back', () => got.length === 4);
    assert.equal(heard, [...sent, '70000 bytes']);
    assert.equal(got.slice(0, 3), sent);
    assert.equal(types, ['http', 'hello', 'middle', 'long', 'output']);
  }));

test('one frame can be doubled, in either direction', () =>
  scene(async ({ proxy, heard, connect }) => {
    const { client, got } = await connect();
    proxy.onFrame(fateOf('agent b', 'twice'));
    for (const type of ['a', 'b', 'c']) client.send(frame(type));
    await waitFor('four frames back', () => got.length === 4);
    assert.equal(heard, [frame('a'), frame('b'), frame('b'), frame('c')]);
  }));

test('a connection is cut before or after a frame', () =>
  scene(async ({ proxy, heard, connect }) => {
    for (const [fate, expected] of [
      ['cut-before', []],
      ['cut-after', [frame('b')]],
    ] as const) {
      const { client } = await connect();
      heard.length = 0;
      proxy.onFrame(fateOf('agent b', fate));
      client.send(frame('b'));
      client.send(frame('c'));
      await once(client, 'close');
      await waitFor(
        'what passed',
        () => heard,
        () => heard.length >= expected.length,
      );
      assert.equal(heard, expected);
    }
  }));

test('a stalled connection stays open and lets nothing through, and a proxy that is down refuses', () =>
  scene(async ({ proxy, heard, connect }) => {
    const stalled = await connect();
    proxy.onFrame(fateOf('agent b', 'stall'));
    stalled.client.send(frame('a'));
    await waitFor('the first frame back', () => stalled.got.length === 1);
    for (const type of ['b', 'c']) stalled.client.send(frame(type));
    const other = await connect();
    proxy.onFrame(() => 'pass');
    other.client.send(frame('d'));
    await waitFor('a frame of another connection', () => other.got.length === 1);
    assert.equal(heard, [frame('a'), frame('d')]);
    assert.is(stalled.client.readyState, WebSocket.OPEN);
    proxy.down();
    await waitFor('both closed', () => stalled.client.readyState === WebSocket.CLOSED);
    assert.is((await connect()).client.readyState, WebSocket.CLOSED);
    proxy.up();
    assert.is((await connect()).client.readyState, WebSocket.OPEN);
  }));

test.run();
