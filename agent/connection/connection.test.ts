import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newId } from '../../shared/ids.ts';
import { decodeOutput, OUTPUT_HEADER_BYTES } from '../../shared/wire/codec.ts';
import { CLOSE } from '../../shared/wire/protocol.ts';
import { at, say, start, startServer, startWelcomed, WELCOME } from './fixtures/peer.ts';

const ACCEPTED = { type: 'command.accepted', payload: { id: newId() } } as const;

test('hello goes out with the token as soon as the socket is open, and nothing else before the welcome', async () => {
  const server = await startServer();
  const { connection, clock, welcomes } = start(server.url);
  assert.is(connection.send(ACCEPTED), false);
  await waitFor('hello came', () => server.peers[0]?.frames.length === 1);
  const peer = at(server.peers, 0);
  assert.is(peer.authorization, 'Bearer s3cret');
  assert.equal(peer.frames, [{ type: 'hello', payload: { hostname: 'web1' } }]);
  assert.is(connection.send(ACCEPTED), false);
  clock.advance(40);
  say(peer, { type: 'welcome', payload: WELCOME });
  await waitFor('the welcome came', () => connection.isWelcomed());
  assert.equal(welcomes, [40]);
  assert.is(connection.send(ACCEPTED), true);
  assert.is(connection.sendOutput({ commandId: newId(), offset: 3, bytes: Buffer.from('abc') }), true);
  await waitFor('both frames came', () => peer.frames.length === 3);
  assert.equal(peer.frames[1], ACCEPTED);
  assert.is((peer.frames[2] as Buffer).length, 27);
  await connection.close();
  await server.close();
});

const CHUNKS = 70;

test('the memory of output is free again as soon as it is sent', async () => {
  const { server, agent, peer } = await startWelcomed();
  const room = new Uint8Array(OUTPUT_HEADER_BYTES + 100_000);
  const bytes = room.subarray(OUTPUT_HEADER_BYTES);
  const commandId = newId();
  // More than the kernel takes, so that most of it waits in the agent.
  peer.socket.pause();
  for (let index = 0; index < CHUNKS; index += 1) {
    bytes.fill(index);
    assert.ok(agent.connection.sendOutput({ commandId, offset: index * bytes.length, bytes }, room));
  }
  peer.socket.resume();
  await waitFor('all of it came', () => peer.frames.length === 1 + CHUNKS);
  for (const [index, frame] of peer.frames.slice(1).entries()) {
    const chunk = decodeOutput(frame as Buffer);
    assert.is(chunk?.offset, index * bytes.length);
    assert.ok(chunk?.bytes.every((byte) => byte === index));
  }
  await agent.connection.close();
  await server.close();
});

test('frames come through; unknown, bad and binary ones are dropped without a fuss', async () => {
  const { server, agent, peer } = await startWelcomed();
  peer.socket.send('no json');
  peer.socket.send(Buffer.from('bytes'));
  say(peer, { type: 'new.word', payload: {} });
  say(peer, { type: 'command.kill', payload: { id: 'no id' } });
  say(peer, { type: 'error', payload: { code: 'bad_frame', detail: 'no' } });
  say(peer, { type: 'heartbeat.request', payload: {}, extra: 1 });
  await waitFor('the good frame came', () => agent.received.length === 1);
  assert.is(agent.received[0]?.type, 'heartbeat.request');
  assert.ok(agent.logged.some(({ level, fields }) => level === 'error' && fields.code === 'bad_frame'));
  assert.is(agent.connection.isWelcomed(), true);
  await agent.connection.close();
  await server.close();
});

test('a lost connection is tried again after the backoff, with a new hello', async () => {
  const { server, agent, peer } = await startWelcomed();
  peer.socket.terminate();
  await waitFor('the loss is seen', () => agent.waits().length === 1);
  assert.is(agent.connection.send(ACCEPTED), false);
  assert.is(agent.losses.length, 1);
  assert.equal(agent.waits(), [250]);
  agent.clock.advance(249);
  await turn();
  assert.is(server.peers.length, 1);
  agent.clock.advance(1);
  await waitFor('the second hello came', () => server.peers[1]?.frames.length === 1);
  await agent.connection.close();
  await server.close();
});

test('while nobody listens the waits grow, and the same reason is a warning only once', async () => {
  const server = await startServer();
  await server.close();
  const { connection, clock, logged, waits } = start(server.url);
  for (let failure = 1; failure <= 4; failure++) {
    await waitFor(`try ${failure} failed`, () => waits().length === failure);
    clock.advance(30_000);
  }
  assert.equal(waits(), [250, 500, 1000, 2000]);
  assert.is(logged.filter(({ level }) => level === 'warn').length, 1);
  await connection.close();
});

for (const code of [CLOSE.replaced, CLOSE.duplicateAgent, CLOSE.tokenRevoked])
  test(`after a close with ${code} the agent stays away for 30 s at least and says why`, async () => {
    const { server, agent, peer } = await startWelcomed();
    peer.socket.close(code, 'conflict');
    await waitFor('the close is seen', () => agent.waits().length === 1);
    agent.clock.advance(30_000);
    await turn();
    assert.is(server.peers.length, 1);
    agent.clock.advance(250);
    await waitFor('the agent came back', () => server.peers.length === 2);
    const line = agent.logged.find(({ level }) => level === 'error');
    assert.type(line?.fields.hint, 'string');
    await agent.connection.close();
    await server.close();
  });

test('a refused token is reported once and clearly, tried ever more slowly, and never logged', async () => {
  let tries = 0;
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.on('upgrade', (_request, socket) => {
    tries += 1;
    socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { connection, clock, logged, waits } = start(
    `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws/agent`,
  );
  await waitFor('the refusal is seen', () => waits().length === 1);
  assert.equal(waits(), [250]);
  assert.equal(logged[0]?.level, 'error');
  assert.match(String(logged[0]?.fields.hint), 'SWITCHYARD_TOKEN_FILE');
  assert.is(logged[0]?.fields.reason, 'HTTP 401');
  clock.advance(250);
  await waitFor('it is tried again', () => waits().length === 2);
  assert.equal(waits(), [250, 500]);
  assert.is(logged[1]?.level, 'debug');
  assert.is(tries, 2);
  assert.not.match(JSON.stringify(logged), 's3cret');
  await connection.close();
  server.close();
});

test('a coordinator that says nothing for 10 s is pinged', async () => {
  const { server, agent, peer } = await startWelcomed();
  let pings = 0;
  peer.socket.on('ping', () => {
    pings += 1;
  });
  agent.clock.advance(10_000);
  await waitFor('the ping came', () => pings === 1);
  await agent.connection.close();
  await server.close();
});

test('a half-open socket is given up after 30 s of silence, and replaced', async () => {
  const server = await startServer();
  // Stands between the two and, once stalled, swallows everything without closing anything.
  let stalled = false;
  const ends: Socket[] = [];
  const proxy = createTcpServer((inner) => {
    const outer = connectTcp(Number(new URL(server.url).port), '127.0.0.1');
    ends.push(inner, outer);
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      from.on('data', (bytes) => !stalled && to.write(bytes));
      from.on('error', () => {});
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { connection, clock, logged, waits } = start(
    `ws://127.0.0.1:${(proxy.address() as AddressInfo).port}/ws/agent`,
  );
  await waitFor('hello came', () => server.peers[0]?.frames.length === 1);
  const peer = at(server.peers, 0);
  say(peer, { type: 'welcome', payload: WELCOME });
  await waitFor('the welcome came', () => connection.isWelcomed());

  stalled = true;
  clock.advance(29_999);
  await turn();
  assert.is(connection.isWelcomed(), true);
  clock.advance(1);
  await waitFor('the silence is noticed', () => waits().length === 1);
  assert.is(logged.find(({ message }) => message === 'not connected')?.fields.reason, 'the coordinator is silent');
  stalled = false;
  clock.advance(250);
  await waitFor('a second connection greeted', () => server.peers[1]?.frames.length === 1);
  await connection.close();
  for (const end of ends) end.destroy();
  proxy.close();
  await server.close();
});

test('a coordinator that never welcomes is left after 30 s, even if it answers pings', async () => {
  const server = await startServer();
  const { connection, clock, waits } = start(server.url);
  await waitFor('hello came', () => server.peers[0]?.frames.length === 1);
  for (let second = 0; second < 30; second += 5) {
    clock.advance(5000);
    await turn();
  }
  await waitFor('the agent gave up', () => waits().length === 1);
  await connection.close();
  await server.close();
});

test('frames sent before close still arrive, and nothing is tried after it', async () => {
  const { server, agent, peer } = await startWelcomed();
  agent.connection.send(ACCEPTED);
  await agent.connection.close();
  await waitFor('the close came', () => peer.closed !== null);
  assert.is(peer.closed, 1001);
  assert.equal(peer.frames[1], ACCEPTED);
  assert.is(agent.clock.pending(), 0);
  await server.close();
});

test('close does not wait for a peer that does not answer', async () => {
  const { server, agent, peer } = await startWelcomed();
  peer.socket.pause();
  const closed = agent.connection.close();
  agent.clock.advance(1500);
  await closed;
  await server.close();
});

test.run();
