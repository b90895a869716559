import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Event } from '../../shared/model/event.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createDisk } from '../fixtures/disk.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp } from '../fixtures/test-app.ts';

let app: TestApp;
test.after.each(() => app.close());

async function signIn(token = ADMIN_TOKEN, headers: Record<string, string> = {}): Promise<string> {
  const { status, headers: answered } = await app.request('POST', '/api/session', {
    token: null,
    body: { token },
    headers,
  });
  assert.is(status, token === ADMIN_TOKEN ? 204 : 401);
  return String(answered['set-cookie']).split(';')[0] ?? '';
}

const signOut = (cookie: string, headers: Record<string, string> = {}) =>
  app.request('DELETE', '/api/session', { token: null, headers: { cookie, ...headers } });

const statusOf = async (cookie: string): Promise<number> =>
  (await app.request('GET', '/api/hosts', { token: null, headers: { cookie } })).status;

async function openFeed(headers: Record<string, string>): Promise<{ socket: WebSocket; closed: Promise<number> }> {
  const socket = new WebSocket(`${(await app.listen()).replace('http', 'ws')}/ws/dashboard`, { headers });
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'message');
  return { socket, closed };
}

/** A running command whose output is followed with this cookie; resolves when the answer has begun. */
async function follow(cookie: string): Promise<{ response: IncomingMessage; aborted: Promise<boolean> }> {
  const { token, hostId } = await app.addHost(`web${Math.random()}`.replace('.', ''));
  const agent = await app.connect(token);
  await app.dispatch({ op: 'pull', hosts: [hostId] });
  const { id } = await agent.next('command.run');
  agent.send('command.accepted', { id });
  const asked = httpRequest(`${await app.listen()}/api/commands/${id}/output?follow=true`, { headers: { cookie } });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const aborted = new Promise<boolean>((resolve) => {
    response.on('error', () => {});
    response.on('close', () => resolve(!response.complete));
  });
  response.resume();
  return { response, aborted };
}

const audit = async (): Promise<Event[]> => {
  const { body } = await app.request('GET', '/api/events?limit=500');
  return (body as { items: Event[] }).items.filter(({ code }) => /^sign/.test(code));
};

test('signing out ends the session for every copy of its cookie, with its sockets and streams, and no other', async () => {
  app = await startTestApp();
  const cookie = await signIn();
  const other = await signIn();
  const feeds = [await openFeed({ cookie }), await openFeed({ cookie })];
  const bystanders = [await openFeed({ cookie: other }), await openFeed({ authorization: `Bearer ${ADMIN_TOKEN}` })];
  const followed = await follow(cookie);
  const left = await follow(other);

  const out = await signOut(cookie);
  assert.is(out.status, 204);
  assert.match(String(out.headers['set-cookie']), /^switchyard_session=; Max-Age=0;/);
  assert.equal(await Promise.all(feeds.map(({ closed }) => closed)), [4401, 4401]);
  assert.is(await followed.aborted, true, 'cut, so that it is not taken for whole');
  assert.is(await statusOf(cookie), 401);

  assert.is(await statusOf(other), 200);
  for (const { socket } of bystanders) assert.is(socket.readyState, WebSocket.OPEN);
  assert.is(left.response.closed, false);
  for (const { socket } of bystanders) socket.close();
  left.response.destroy();

  const { dataDir } = app;
  await app.stop();
  app = await startTestApp({ dataDir });
  assert.equal([await statusOf(cookie), await statusOf(other)], [401, 200]);
});

test('only our own pages sign out', async () => {
  app = await startTestApp();
  const cookie = await signIn();
  assert.is((await signOut(cookie, { origin: 'https://evil.example.com' })).status, 403);
  assert.is(await statusOf(cookie), 200);
});

test("sockets and streams end when their session's time is over", async () => {
  const clock = createFakeClock();
  app = await startTestApp({ clock });
  const cookie = await signIn();
  const { socket, closed } = await openFeed({ cookie });
  clock.setWall(clock.now() + 12 * 3_600_000);
  for (let n = 0; n < 5; n += 1) {
    clock.advance(15_000);
    // Once this is answered, so is the coordinator's own.
    socket.ping();
    await Promise.race([once(socket, 'pong'), closed]);
  }
  assert.is(await closed, 4401);
  assert.is(await statusOf(cookie), 401);
});

test('a sign-in, a failed one and a sign-out are audit events with actor and address', async () => {
  app = await startTestApp({ config: '[access]\ntrustedProxies = ["127.0.0.1"]' });
  const headers = { 'x-forwarded-for': '198.51.100.7' };
  await signOut(await signIn(ADMIN_TOKEN, headers), headers);
  await signIn('not-the-admin-token', { 'x-forwarded-for': '6.6.6.6, 198.51.100.8' });
  const told = await audit();
  assert.equal(
    told.map(({ code, category, level, actor, address }) => [code, category, level, actor, address]),
    [
      ['signed_in', 'audit', 'info', 'admin', '198.51.100.7'],
      ['signed_out', 'audit', 'info', 'admin', '198.51.100.7'],
      ['sign_in_failed', 'audit', 'warn', 'anonymous', '198.51.100.8'],
    ],
  );
  assert.is(told[0]?.message, 'admin signed in from 198.51.100.7');
  assert.not.match(JSON.stringify(told), /not-the-admin-token|switchyard_session/);
});

test('a few of very many failed sign-ins are written, and the rest are counted', async () => {
  const clock = createFakeClock();
  const disk = createDisk();
  app = await startTestApp({ clock, store: disk.under });
  for (let n = 0; n < 250; n += 1) await signIn('wrong-again-and-again');
  clock.advance(60_000);
  const told = await waitFor('the count', async () => (await audit()).length > 20 && audit());
  assert.is(told.length, 21);
  assert.is(told.at(-1)?.message, '230 more sign-ins failed: 230 from 127.0.0.1');
  assert.ok(disk.tries < 60, `${disk.tries} transactions`);
  clock.advance(60_000);
  assert.is((await audit()).length, 21);
});

test('a full disk locks nobody out, and a session ended meanwhile is dead once there is room', async () => {
  const clock = createFakeClock();
  const disk = createDisk();
  app = await startTestApp({ clock, store: disk.under });
  const kept = await signIn();
  disk.full = true;
  const cookie = await signIn();
  assert.is(await statusOf(cookie), 200);
  assert.is((await signOut(kept)).status, 503);
  assert.is(await statusOf(kept), 401);
  disk.full = false;
  clock.advance(60_000);
  await waitFor('that it is gone from the store', () => app.store.signIns.list().length === 0);

  const { dataDir } = app;
  await app.stop();
  app = await startTestApp({ clock, dataDir });
  assert.equal([await statusOf(kept), await statusOf(cookie)], [401, 401]);
});

test('beyond the most sessions the oldest ends', async () => {
  app = await startTestApp();
  const first = await signIn();
  const second = await signIn();
  for (let n = 0; n < 999; n += 1) await signIn();
  assert.equal([await statusOf(first), await statusOf(second)], [401, 200]);
});

test('the stored part of a session opens nothing', async () => {
  app = await startTestApp();
  const cookie = await signIn();
  const [row] = app.store.signIns.list();
  assert.is(await statusOf(`switchyard_session=${row?.id}`), 401);
  assert.not.match(JSON.stringify(row), cookie.split('=')[1] ?? '');
});

test.run();
