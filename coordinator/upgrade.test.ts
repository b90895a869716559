import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Duplex, PassThrough } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../shared/time/clock.ts';
import { createAuth } from './auth/auth.ts';
import { createGuesses } from './auth/guesses.ts';
import { createUpgradeRefuser } from './auth/refused-upgrade.ts';
import { createAddressOf } from './config/client-address.ts';
import { createLog } from './config/log.ts';
import type { SignIn } from './store/records.ts';
import { createAgentUpgrade, createDashboardUpgrade, createUpgradeRouter } from './upgrade.ts';

const TOKEN = 'the-admin-token';
const rows = new Map<string, SignIn>();
const signIns = {
  open: async (who: Pick<SignIn, 'id' | 'actor' | 'address' | 'person'>) => {
    const signIn = { ...who, openedAt: 0, expiresAt: 1 };
    rows.set(who.id, signIn);
    return signIn;
  },
  find: (id: string) => rows.get(id) ?? null,
  whenOver: () => () => {},
  provedAt: () => null,
};
const enrolments = { find: () => null };
const apiTokens = { find: () => null, byActor: () => null, whenOver: () => () => {} };
const auth = createAuth({
  hosts: { idByTokenHash: () => null, byFormerTokenHash: () => null },
  formerTokens: { changes: () => 0, presentUsed() {}, isKept: () => false },
  signIns,
  apiTokens,
  enrolments,
  presentGrants: () => null,
  shown: () => {},
  adminToken: TOKEN,
  clock: systemClock,
  stepUp: { ops: [], ms: 1 },
});
const [cookie = ''] = (await auth.openSession({ actor: 'admin', address: '127.0.0.1', person: null }, false)).split(
  ';',
);

/** Asks for an upgrade with these headers; returns the HTTP status, 101 if it was let in. */
async function ask(headers: Record<string, string>, path = '/ws/dashboard'): Promise<number | undefined> {
  const liveFeed = { accept: (_request: unknown, socket: Duplex) => void socket.end('HTTP/1.1 101 In\r\n\r\n') };
  const router = createUpgradeRouter({
    routes: {
      '/ws/dashboard': createDashboardUpgrade({ auth, liveFeed, origins: ['https://fleet.example.com'] }),
    },
    addressOf: createAddressOf([]),
    strangers: { asked: () => {}, upgraded: () => {} },
    guesses: createGuesses({ clock: systemClock, log: createLog('silent') }),
    refusals: { tell: () => {} },
    refuser: createUpgradeRefuser(systemClock),
  });
  const server = createServer();
  server.on('upgrade', router.route);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const own = headers.origin === 'own' ? { origin: `http://127.0.0.1:${port}` } : {};
  const upgrade = { connection: 'upgrade', upgrade: 'websocket' };
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { ...upgrade, ...headers, ...own } });
    asked.on('response', (response) => resolve(response.resume().statusCode));
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode);
    });
    asked.on('error', reject);
    asked.end();
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return status;
}

test('the dashboard socket takes the admin token as a header or as a protocol, and a session', async () => {
  assert.is(await ask({ authorization: `Bearer ${TOKEN}` }), 101);
  assert.is(await ask({ 'sec-websocket-protocol': `switchyard, bearer.${TOKEN}` }), 101);
  assert.is(await ask({ cookie }), 101);
  assert.is(await ask({ cookie, origin: 'own' }), 101);
  assert.is(await ask({ cookie, origin: 'https://fleet.example.com' }), 101);
});

test('without a valid token or session it is 401, for a page of another origin 403, elsewhere 404', async () => {
  assert.is(await ask({}), 401);
  assert.is(await ask({ authorization: 'Bearer wrong' }), 401);
  assert.is(await ask({ authorization: 'Bearer wrong', cookie }), 401);
  assert.is(await ask({ 'sec-websocket-protocol': 'bearer.wrong' }), 401);
  assert.is(await ask({ cookie: `${cookie}x` }), 401);
  assert.is(await ask({ cookie, origin: 'https://elsewhere.example.com' }), 403);
  assert.is(await ask({ authorization: `Bearer ${TOKEN}`, origin: 'null' }), 403);
  assert.is(await ask({ cookie }, '/ws/elsewhere'), 404);
});

test("a connection reset during its token's lookup ends nothing else", async () => {
  const found = Promise.withResolvers<null>();
  const router = createUpgradeRouter({
    routes: {
      '/ws/agent': createAgentUpgrade({
        auth: { hostId: () => found.promise },
        gateway: { accept: () => {} },
        roster: { byId: () => null },
      }),
    },
    addressOf: () => '127.0.0.1',
    strangers: { asked: () => {}, upgraded: () => {} },
    guesses: createGuesses({ clock: systemClock, log: createLog('silent') }),
    refusals: { tell: () => {} },
    refuser: createUpgradeRefuser(systemClock),
  });
  const socket = new PassThrough();
  const asked = { url: '/ws/agent', method: 'GET', headers: { authorization: 'Bearer x' } } as IncomingMessage;
  router.route(asked, socket, Buffer.alloc(0));
  socket.emit('error', new Error('read ECONNRESET'));
  assert.ok(socket.destroyed);
  found.resolve(null);
  await new Promise(setImmediate);
  router.close();
});

test.run();
