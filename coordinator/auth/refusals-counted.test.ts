import { once } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Event } from '../../shared/model/event.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { startTestApp, type TestApp } from '../fixtures/test-app.ts';

let app: TestApp;
test.after.each(() => app.close());

/** Asks for the live feed with these headers; returns the status of the refusal. */
async function feed(headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(`${(await app.listen()).replace('http', 'ws')}/ws/dashboard`, { headers });
  socket.on('error', () => {});
  const [, { statusCode }] = await once(socket, 'unexpected-response');
  return statusCode;
}

/** Requests in tests come from 127.0.0.1. */
const HERE = '127.0.0.1';

const events = async (query = ''): Promise<Event[]> => {
  const { body } = await app.request('GET', `/api/events?limit=500${query}`);
  return (body as { items: Event[] }).items;
};

const told = async (code: string) =>
  (await events())
    .filter((event) => event.code === code)
    .map(({ actor, address, message }) => [actor, address, message]);

test('a request that shows no token is an event, once a minute and address, and the rest is counted', async () => {
  const clock = createFakeClock();
  app = await startTestApp({ clock, config: '[access]\ntrustedProxies = ["127.0.0.1"]' });
  const ask = (address: string, path = '/api/hosts') =>
    app.request('GET', path, { token: null, headers: { 'x-forwarded-for': `1.2.3.4, ${address}` } });
  for (let n = 0; n < 5; n += 1) await ask('192.0.2.1');
  for (let n = 1; n < 4; n += 1) await ask(`2001:db8::${n}`);
  await ask('192.0.2.2', '/api/nowhere?x=secret');
  assert.is(await feed({ 'x-forwarded-for': '192.0.2.3' }), 401);
  await waitFor('the events', async () => (await told('request_refused')).length >= 4);
  const shown = (await events()).filter(({ code }) => code === 'request_refused');
  assert.equal([...new Set(shown.map(({ level, category }) => `${level} ${category}`))], ['info audit']);
  assert.equal(
    shown.map(({ address, message }) => [address, message.split(':')[0]]),
    [
      ['192.0.2.1', 'GET /api/hosts was refused (unauthorized)'],
      ['2001:db8::1', 'GET /api/hosts was refused (unauthorized)'],
      ['192.0.2.2', 'GET /api/nowhere was refused (unauthorized)'],
      ['192.0.2.3', 'GET /ws/dashboard was refused (unauthorized)'],
    ],
  );
  clock.advance(60_000);
  await waitFor('the rest', async () => (await told('request_refused')).length > 4);
  assert.is(
    (await told('request_refused')).at(-1)?.[2],
    '6 more requests without a token were refused: 4 from 192.0.2.1, 2 from 2001:db8:0:0::/64',
  );
});

test('strangers are counted apart from refused changes, however many they are', async () => {
  const clock = createFakeClock();
  app = await startTestApp({ clock });
  for (let n = 0; n < 50; n += 1) await app.request('DELETE', `/api/hosts/nobody${n}`, { token: 'wrong' });
  await app.request('DELETE', '/api/hosts/nobody');
  await waitFor('the change', async () => (await told('change_refused')).length > 0);
  assert.is((await told('request_refused')).length, 20);
  clock.advance(60_000);
  await waitFor('the rest', async () => (await told('request_refused')).length > 20);
  assert.equal((await told('request_refused')).at(-1), [
    ...['anonymous', HERE, `30 more requests with an invalid token were refused: 30 from ${HERE}`],
  ]);
});

test('a few of very many refused changes are recorded singly, and the rest are counted', async () => {
  const clock = createFakeClock();
  app = await startTestApp({ clock });
  for (let n = 0; n < 50; n += 1) await app.request('DELETE', `/api/hosts/nobody${n}`);
  await waitFor('the single records', async () => (await told('change_refused')).length >= 20);
  assert.is((await told('change_refused')).length, 20);
  clock.advance(60_000);
  await waitFor('the rest', async () => (await told('change_refused')).length > 20);
  assert.equal((await told('change_refused')).at(-1), [
    'admin',
    HERE,
    `30 more changes were refused: 30 to admin at ${HERE}`,
  ]);
});

test('a caller whose changes are refused again and again hides no other refusal', async () => {
  app = await startTestApp({ clock: createFakeClock() });
  const body = { name: 'busy', grants: [{ role: 'viewer' }] };
  const { token } = (await app.request('POST', '/api/tokens', { body })).body as { token: string };
  for (let n = 0; n < 50; n += 1) await app.request('DELETE', `/api/hosts/nobody${n}`, { token });
  await app.request('DELETE', '/api/hosts/nobody');
  await waitFor('the events', async () => (await told('change_refused')).length > 20);
  assert.equal((await told('change_refused')).at(-1), [
    'admin',
    HERE,
    'DELETE /api/hosts/nobody was refused (unknown_host): No host has the id or name "nobody"',
  ]);
});

test.run();
