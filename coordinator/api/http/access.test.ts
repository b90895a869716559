import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp } from '../../fixtures/test-app.ts';

let app: TestApp;
test.before.each(async () => {
  app = await startTestApp();
});
test.after.each(() => app.close());

const OWN = { host: 'fleet.example.com', origin: 'https://fleet.example.com' };

async function sessionCookie(from: TestApp, headers: Record<string, string> = {}): Promise<string> {
  const opened = await from.request('POST', '/api/session', { body: { token: ADMIN_TOKEN }, token: null, headers });
  assert.is(opened.status, 204);
  return String(opened.headers['set-cookie']);
}

const nameAndValue = (setCookie: string): string => setCookie.split(';')[0] ?? '';

test('without a token every route but health, session and the document is refused', async () => {
  const routes = [
    ['GET', '/api/hosts'],
    ['POST', '/api/hosts'],
    ['GET', '/api/hosts/nobody'],
    ['DELETE', '/api/hosts/nobody'],
    ['POST', '/api/dispatch'],
    ['GET', '/api/commands'],
    ['GET', '/api/commands/x/output?follow=true'],
    ['GET', '/api/events'],
    ['GET', '/api/attention'],
    ['GET', '/api/target'],
    ['GET', '/api/agent/self'],
    ['GET', '/metrics'],
  ] as const;
  for (const [method, url] of routes) {
    const { status, headers, body } = await app.request(method, url, { token: null });
    assert.is(status, 401, `${method} ${url}`);
    assert.is(headers['www-authenticate'], 'Bearer');
    assert.is(headers['content-type'], 'application/problem+json');
    assert.is((body as { code: string }).code, 'unauthorized');
  }
  for (const url of ['/healthz', '/readyz', '/api/openapi.json'])
    assert.is((await app.request('GET', url, { token: null })).status, 200);
});

test('a wrong token is refused before the body is read, and is not logged', async () => {
  const token = 'wrong-token-that-nobody-may-see';
  assert.is((await app.request('POST', '/api/dispatch', { token, body: 'no json' })).status, 401);
  assert.is((await app.request('GET', '/api/agent/self', { token })).status, 401);
  assert.is((await app.request('POST', '/api/session', { token: null, body: { token } })).status, 401);
  assert.is(
    (await app.request('GET', '/api/hosts', { token: null, headers: { cookie: `switchyard_session=${token}` } }))
      .status,
    401,
  );
  assert.ok(app.logged.length >= 4, 'the refusals are logged');
  assert.not.match(app.logged.join(''), token);
});

test('neither the admin token nor a host token is ever logged', async () => {
  const { token } = await app.addHost('web1');
  await app.request('POST', '/api/session', { body: { token: ADMIN_TOKEN }, token: null });
  assert.is((await app.request('GET', '/api/hosts', { token })).status, 401);
  const agent = await app.connect(token);
  await agent.close();
  assert.not.match(app.logged.join(''), token);
  assert.not.match(app.logged.join(''), ADMIN_TOKEN);
});

test("a host token opens only the host's routes; the admin token opens none of those", async () => {
  const { hostId, token } = await app.addHost('web1');
  const self = await app.request('GET', '/api/agent/self', { token });
  assert.is(self.status, 200);
  assert.equal(self.body, { hostId, name: 'web1' });
  for (const url of ['/api/hosts', '/api/events', '/metrics'])
    assert.is((await app.request('GET', url, { token })).status, 401);
  assert.is((await app.request('POST', '/api/dispatch', { token, body: { op: 'pull', hosts: ['web1'] } })).status, 401);
  assert.is((await app.request('GET', '/api/agent/self')).status, 401);
});

test('a rotated or removed host token stops working at once', async () => {
  const { token } = await app.addHost('web1');
  const rotated = await app.request('POST', '/api/hosts/web1/token');
  const { token: fresh } = rotated.body as { token: string };
  assert.is((await app.request('GET', '/api/agent/self', { token })).status, 401);
  assert.is((await app.request('GET', '/api/agent/self', { token: fresh })).status, 200);
  assert.is((await app.request('DELETE', '/api/hosts/web1')).status, 204);
  assert.is((await app.request('GET', '/api/agent/self', { token: fresh })).status, 401);
});

test('scripts and other sites cannot reach a session cookie, and one opened over https is secure', async () => {
  const plain = await sessionCookie(app);
  assert.match(plain, /HttpOnly/);
  assert.match(plain, /SameSite=Strict/);
  assert.match(plain, /Path=\//);
  assert.not.match(plain, /Secure/);
  assert.match(await sessionCookie(app, OWN), /Secure/);
});

test('a session may read, and may change only from a page of our own origin', async () => {
  const cookie = nameAndValue(await sessionCookie(app));
  const add = async (name: string, headers: Record<string, string>) =>
    (await app.request('POST', '/api/hosts', { token: null, body: { name }, headers: { cookie, ...headers } })).status;
  assert.is((await app.request('GET', '/api/hosts', { token: null, headers: { cookie } })).status, 200);
  assert.is(await add('a', OWN), 201);
  assert.is(await add('b', { 'sec-fetch-site': 'same-origin' }), 201);
  assert.is(await add('c', { ...OWN, origin: 'https://evil.example.com' }), 403);
  assert.is(await add('d', { ...OWN, origin: 'null' }), 403);
  assert.is(await add('e', { 'sec-fetch-site': 'cross-site' }), 403);
  assert.is(await add('f', {}), 403);
  const login = { token: null, body: { token: ADMIN_TOKEN }, headers: { ...OWN, origin: 'https://evil.example.com' } };
  assert.is((await app.request('POST', '/api/session', login)).status, 403);
});

test('a configured origin counts as our own', async () => {
  await app.close();
  app = await startTestApp({ config: '[dashboard]\norigins = ["https://fleet.example.com"]' });
  const headers = { cookie: nameAndValue(await sessionCookie(app)), host: '127.0.0.1:8080', origin: OWN.origin };
  assert.is((await app.request('POST', '/api/hosts', { token: null, body: { name: 'a' }, headers })).status, 201);
});

test('a wrong Authorization header is refused even beside a good cookie', async () => {
  const cookie = nameAndValue(await sessionCookie(app));
  assert.is((await app.request('GET', '/api/hosts', { token: 'wrong', headers: { cookie } })).status, 401);
});

test('a session outlives a restart, but neither its time nor a new admin token; a changed cookie opens none', async () => {
  const clock = createFakeClock();
  await app.close();
  app = await startTestApp({ clock });
  const { dataDir } = app;
  const cookie = nameAndValue(await sessionCookie(app));
  const status = async (value = cookie) =>
    (await app.request('GET', '/api/hosts', { token: null, headers: { cookie: value } })).status;
  assert.is(await status(`${cookie}x`), 401);

  await app.stop();
  app = await startTestApp({ clock, dataDir });
  assert.is(await status(), 200);
  clock.setWall(clock.now() + 12 * 3_600_000);
  assert.is(await status(), 401);

  const young = nameAndValue(await sessionCookie(app));
  assert.is(await status(young), 200);
  await app.stop();
  app = await startTestApp({ clock, dataDir, adminToken: 'another-token-of-the-admin' });
  assert.is(await status(young), 401);
});

test('signing out clears the cookie', async () => {
  const left = await app.request('DELETE', '/api/session', { token: null });
  assert.is(left.status, 204);
  assert.match(String(left.headers['set-cookie']), /^switchyard_session=; Max-Age=0;/);
});

test('failures are limited without affecting callers with a token', async () => {
  const statuses = new Set<number>();
  for (let n = 0; n < 320; n += 1) statuses.add((await app.request('GET', '/api/target', { token: 'wrong' })).status);
  assert.equal([...statuses], [401, 429]);
  assert.is((await app.request('GET', '/api/target')).status, 200);
});

test.run();
