import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { connectFakeAgent, UpgradeRefused } from '../fixtures/fake-agent.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp, type TestAppOptions } from '../fixtures/test-app.ts';

let app: TestApp;
let sockets: Socket[] = [];
async function start(options: TestAppOptions = {}): Promise<void> {
  app = await startTestApp(options);
  sockets = [];
}
test.after.each(async () => {
  for (const socket of sockets) socket.destroy();
  await app.close();
});

type Client = Socket & { heard: string };

/** A connection whose every byte a test sends. It never ends by itself. */
async function raw(text = ''): Promise<Client> {
  const { hostname, port } = new URL(await app.listen());
  const socket = Object.assign(connect({ host: hostname, port: Number(port), allowHalfOpen: true }), { heard: '' });
  sockets.push(socket);
  socket.setEncoding('utf8').on('data', (piece) => {
    socket.heard += piece;
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

/** Whether the other side has dropped it: a further write is answered by a reset. */
const isCut = (socket: Socket) => () => {
  socket.write(' ');
  return socket.destroyed;
};

const upgradeOf = (path: string, more = '') =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

const bearer = (token: string) => `Authorization: Bearer ${token}\r\n`;
const openSockets = () => new Promise<number>((resolve) => app.server.server.getConnections((_, n) => resolve(n)));

test('a refused upgrade is answered, and its socket destroyed even if the client never closes its side', async () => {
  const clock = createFakeClock();
  await start({ clock });
  const refused = async (path: string, status: number) => {
    const client = await raw(upgradeOf(path));
    await waitFor('the answer', () => client.heard.includes('\r\n\r\n{'));
    assert.match(client.heard, `HTTP/1.1 ${status} `);
    return client;
  };
  const clients = [
    await refused('/ws/agent', 401),
    await refused('/ws/dashboard', 401),
    await refused('/ws/elsewhere', 404),
  ];
  assert.is(await openSockets(), 3, 'each has time to read its answer');
  clock.advance(2_000);
  for (const client of clients) await waitFor('the end of the socket', isCut(client));
  await waitFor('that none is left', async () => (await openSockets()) === 0);
});

test('a client that is slow with its headers or body, or silent, is cut', async () => {
  await start({ bounds: { patience: { headMs: 100, requestMs: 200 } } });
  const dawdlers = [
    await raw(),
    await raw('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '),
    await raw(
      'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    ),
    await raw(`POST /api/dispatch HTTP/1.1\r\nHost: x\r\n${bearer(ADMIN_TOKEN)}Content-Length: 1000\r\n\r\n{`),
  ];
  for (const socket of dawdlers) await waitFor('its end', () => socket.destroyed || socket.readableEnded);
  await waitFor('that none is left', async () => (await openSockets()) === 0);
});

/** Blocks as a stopped process would: nothing is read, and no timer runs. */
const stall = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const LOOK = `GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`;

test("a stall of our own is not a client's silence: waiting bytes are read first", async () => {
  await start({ bounds: { patience: { headMs: 1_500, requestMs: 1_500, idleMs: 400 } } });
  const idle = await raw(LOOK);
  await waitFor('its answer', () => idle.heard.startsWith('HTTP/1.1 200'));
  const silent = await raw();
  const [one, other] = [await raw('GET /healthz '), await raw()];
  await waitFor('all to be taken', async () => (await openSockets()) === 4);
  idle.heard = '';
  idle.write(LOOK);
  one.write('HTTP/1.1\r\nHost: x\r\n\r\n');
  other.write(LOOK);
  // Longer than every limit, with the second that Node adds for an idle connection.
  stall(1_700);
  for (const [name, client] of Object.entries({ idle, one, other })) {
    await waitFor(`what ${name} hears`, () => client.heard !== '' || client.destroyed || client.readableEnded);
    assert.match(client.heard, /^HTTP\/1.1 200/, name);
  }
  await waitFor('the end of the one that said nothing', () => silent.destroyed || silent.readableEnded);
});

test('beyond the most connections without a token the oldest ends; those with a token are not counted', async () => {
  await start({ bounds: { strangers: { perAddress: 3 } } });
  const { token } = await app.addHost('web1');
  const agent = await connectFakeAgent({ address: await app.listen(), token });
  const admin = await raw(`GET /api/hosts HTTP/1.1\r\nHost: x\r\n${bearer(ADMIN_TOKEN)}\r\n`);
  await waitFor('its answer', () => admin.heard.startsWith('HTTP/1.1 200'));
  const strangers: Client[] = [];
  for (let n = 0; n < 5; n += 1) strangers.push(await raw('GET / HTTP/1.1\r\n'));
  for (const oldest of strangers.slice(0, 2)) await waitFor('its end', () => oldest.destroyed || oldest.readableEnded);

  // New connections from the same address still come in, and open ones stay.
  const { token: other } = await app.addHost('web2');
  for (let n = 0; n < 4; n += 1) await (await connectFakeAgent({ address: await app.listen(), token: other })).close();
  admin.heard = '';
  admin.write(`GET /api/hosts HTTP/1.1\r\nHost: x\r\n${bearer(ADMIN_TOKEN)}\r\n`);
  await waitFor('another answer', () => admin.heard.startsWith('HTTP/1.1 200'));
  agent.heartbeat();
  assert.ok(app.logged.some((line) => line.includes('too many connections without a token')));
  await agent.close();
});

test("a connection opened with a token becomes a stranger's again with a request without one", async () => {
  await start({ bounds: { strangers: { perAddress: 2 } } });
  const client = await raw(`GET /api/hosts HTTP/1.1\r\nHost: x\r\n${bearer(ADMIN_TOKEN)}\r\n`);
  await waitFor('its answer', () => client.heard.startsWith('HTTP/1.1 200'));
  client.heard = '';
  client.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await waitFor('its answer', () => client.heard.startsWith('HTTP/1.1 200'));
  for (let n = 0; n < 2; n += 1) await raw();
  await waitFor('its end', () => client.destroyed || client.readableEnded);
});

test('behind a trusted proxy each forwarded address has its own bound', async () => {
  await start({ bounds: { strangers: { perAddress: 2 } }, config: '[access]\ntrustedProxies = ["127.0.0.1"]' });
  const slow = (from: string) =>
    raw(
      `POST /api/session HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${from}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    );
  const bystander = await slow('198.51.100.9');
  const flood: Client[] = [];
  for (let n = 0; n < 4; n += 1) flood.push(await slow('198.51.100.1'));
  for (const oldest of flood.slice(0, 2)) await waitFor('its end', () => oldest.destroyed || oldest.readableEnded);
  bystander.heard = '';
  bystander.write(' '.repeat(999));
  await waitFor('an answer', () => bystander.heard.startsWith('HTTP/1.1 4'));
});

async function guess(token: string, forwarded = ''): Promise<number> {
  const client = await raw(upgradeOf('/ws/agent', bearer(token) + (forwarded && `X-Forwarded-For: ${forwarded}\r\n`)));
  await waitFor('an answer', () => client.heard.includes('\r\n\r\n'));
  client.destroy();
  return Number(client.heard.split(' ')[1]);
}

test('guesses at tokens are limited and logged alike over WebSocket and HTTP, and a valid token still gets in', async () => {
  await start();
  const { token } = await app.addHost('web1');
  const api = async () =>
    (await fetch(`${await app.listen()}/api/target`, { headers: { authorization: 'Bearer wrong' } })).status;
  const statuses = new Set<number>();
  for (let n = 0; n < 310; n += 1) statuses.add(n % 3 === 0 ? await api() : await guess('wrong-token'));
  assert.equal([...statuses], [401, 429]);
  assert.equal([await api(), await guess('wrong-token')], [429, 429]);
  const refused = app.logged.filter((line) => line.includes('without a valid token was refused'));
  assert.is(refused.length, 300);
  assert.match(refused.at(1) ?? '', /"ip":"127.0.0.1","method":"GET","route":"\/ws\/agent"/);
  assert.not.match(app.logged.join(''), 'wrong-token');
  await (await app.connect(token)).close();
});

test('guesses through a trusted proxy count for the forwarded address', async () => {
  await start({ config: '[access]\ntrustedProxies = ["127.0.0.0/8"]' });
  for (let n = 0; n < 301; n += 1) await guess('wrong', '198.51.100.1');
  assert.equal([await guess('wrong', '198.51.100.1'), await guess('wrong', '198.51.100.2')], [429, 401]);
});

test("a host has few connections, and the one with its agent's hello stays", async () => {
  await start();
  const { token } = await app.addHost('web1');
  const agent = await app.connect(token);
  const mute: Promise<unknown>[] = [];
  for (let n = 0; n < 20; n += 1)
    mute.push((await connectFakeAgent({ address: await app.listen(), token, greets: false })).closed);
  await waitFor('few connections', async () => (await openSockets()) <= 9);
  await Promise.all(mute.slice(0, 12));
  assert.is(
    await Promise.race([agent.closed.then(() => 'closed'), app.request('GET', '/api/hosts/web1').then(() => 'open')]),
    'open',
  );
  const { body } = await app.request('GET', '/api/hosts/web1');
  assert.is((body as { online: boolean }).online, true);
});

test('a connection without a hello ends, however much it sends', async () => {
  const clock = createFakeClock();
  await start({ clock });
  const { token } = await app.addHost('web1');
  const address = (await app.listen()).replace('http', 'ws');
  const mute = new WebSocket(`${address}/ws/agent`, { headers: { authorization: `Bearer ${token}` } });
  await once(mute, 'open');
  for (let s = 0; s < 29; s += 1) {
    mute.ping();
    await once(mute, 'pong');
    clock.advance(1_000);
  }
  assert.is(mute.readyState, WebSocket.OPEN);
  clock.advance(2_000);
  await waitFor('its end', () => mute.readyState === WebSocket.CLOSED);
});

test('an upgrade with a wrong token is refused as the API refuses it', async () => {
  await start();
  const refused = await connectFakeAgent({ address: await app.listen(), token: 'wrong' }).catch((error) => error);
  assert.instance(refused, UpgradeRefused);
  assert.is(JSON.parse(refused.body).code, 'unauthorized');
});

test.run();
