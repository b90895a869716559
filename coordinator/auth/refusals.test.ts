import { once } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { ERRORS } from '../../shared/api/errors.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Event } from '../../shared/model/event.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { connectFakeAgent } from '../fixtures/fake-agent.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp } from '../fixtures/test-app.ts';

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

test("each change by a person is an event with the person's address, even behind a trusted proxy; other events have no address", async () => {
  app = await startTestApp({ config: '[access]\ntrustedProxies = ["127.0.0.1"]' });
  const from = (address: string) => ({ headers: { 'x-forwarded-for': `1.2.3.4, ${address}` } });
  const { body } = await app.request('POST', '/api/hosts', { body: { name: 'web1' }, ...from('192.0.2.1') });
  const { token } = body as { token: string };
  const agent = await app.connect(token);
  await app.request('PATCH', '/api/hosts/web1', { body: { tags: ['web'] }, ...from('192.0.2.2') });
  const key = { headers: { 'idempotency-key': 'one', ...from('192.0.2.3').headers } };
  await app.request('POST', '/api/dispatch', { body: { op: 'check-version', hosts: ['web1'] }, ...key });
  const { id } = await agent.next('command.run');
  await app.request('POST', '/api/dispatch', {
    body: { op: 'kill', hosts: ['web1'], options: { commandId: id } },
    ...from('192.0.2.4'),
  });
  await agent.next('command.kill');
  agent.send('command.rejected', { id, code: 'killed_before_start', message: '' });
  await agent.next('command.exited.ack');
  await app.request('POST', '/api/hosts/web1/token', from('192.0.2.5'));
  await app.request('DELETE', '/api/hosts/web1', from('192.0.2.6'));

  const all = await events();
  const audit = all.filter(({ category }) => category === 'audit');
  assert.equal(
    [...new Set(audit.map(({ address }) => address))],
    [1, 2, 3, 4, 5, 6].map((n) => `192.0.2.${n}`),
    JSON.stringify(audit, null, 1),
  );
  assert.equal([...new Set(audit.map(({ actor }) => actor))], ['admin']);
  for (const event of all) if (event.category === 'system') assert.is(event.address, null, event.code);
});

test('a refused change is an event with actor, address, request, host and reason', async () => {
  app = await startTestApp();
  const { hostId } = await app.addHost('web1');
  await app.request('POST', '/api/hosts', { body: { name: 'web1' } });
  await app.request('PATCH', '/api/hosts/web1', { body: { nonsense: 1 } });
  await app.request('DELETE', '/api/hosts/nobody?x=secret');
  await app.request('GET', '/api/hosts/nobody');
  await app.request('DELETE', '/api/hosts/web1', { token: 'wrong' });
  await waitFor('the events', async () => (await told('change_refused')).length >= 3);
  assert.equal(await told('change_refused'), [
    ['admin', HERE, 'POST /api/hosts was refused (host_exists): A host named "web1" exists'],
    ['admin', HERE, 'PATCH /api/hosts/web1 was refused (invalid_request): body/nonsense is not known here'],
    ['admin', HERE, 'DELETE /api/hosts/nobody was refused (unknown_host): No host has the id or name "nobody"'],
  ]);
  const ofHost = await events(`&host=${hostId}`);
  assert.is(ofHost.filter(({ code }) => code === 'change_refused').length, 1);
});

test('an invalid token is an event wherever it is shown', async () => {
  app = await startTestApp();
  await app.request('GET', '/api/hosts?x=secret', { token: 'wrong-token' });
  await app.request('POST', '/api/hosts', { token: null, headers: { cookie: 'switchyard_session=over' } });
  await app.request('GET', '/api/agent/self', { token: 'wrong-token' });
  await app.request('POST', '/api/agent/enrol', { token: 'wrong-token', body: {} });
  await connectFakeAgent({ address: await app.listen(), token: 'wrong-token' }).catch(() => {});
  assert.is(await feed({ 'sec-websocket-protocol': 'bearer.wrong-token' }), 401);
  assert.is(await feed({ authorization: `Bearer ${ADMIN_TOKEN}`, origin: 'https://evil.example.com' }), 403);
  await waitFor('the last event', async () => (await told('change_refused')).length > 0);
  const needed =
    'was refused (unauthorized): A token is needed, as Authorization: Bearer, or a session of the dashboard';
  const { title } = ERRORS.unauthorized;
  assert.equal(await told('request_refused'), [
    ['anonymous', HERE, `GET /api/hosts ${needed}`],
    ['anonymous', HERE, `POST /api/hosts ${needed}`],
    [
      ...['anonymous', HERE],
      "GET /api/agent/self was refused (unauthorized): A host's token is needed, as Authorization: Bearer",
    ],
    [
      ...['anonymous', HERE],
      'POST /api/agent/enrol was refused (unauthorized): An enrolment token is needed, as Authorization: Bearer',
    ],
    ['anonymous', HERE, `GET /ws/agent was refused (unauthorized): ${title}`],
    ['anonymous', HERE, `GET /ws/dashboard was refused (unauthorized): ${title}`],
  ]);
  assert.equal(await told('change_refused'), [
    ['admin', HERE, `GET /ws/dashboard was refused (forbidden_origin): ${ERRORS.forbidden_origin.title}`],
  ]);
});

test('a sign-in that is refused is a failed one, whatever was wrong with it', async () => {
  app = await startTestApp();
  const post = (body: object, headers: Record<string, string> = {}) =>
    app.request('POST', '/api/session', { token: null, body, headers });
  assert.is((await post({ token: 'wrong-token' })).status, 401);
  assert.is((await post({ password: 'x' })).status, 400);
  assert.is((await post({ token: ADMIN_TOKEN }, { origin: 'https://evil.example.com' })).status, 403);
  assert.is((await app.request('POST', '/api/oidc/device', { token: null })).status, 404);
  const all = await events();
  assert.equal(
    all.filter(({ category }) => category === 'audit').map(({ code, message }) => [code, message.split(': ')[1]]),
    ['unauthorized', 'invalid_request', 'forbidden_origin', 'not_found'].map((code) => ['sign_in_failed', code]),
  );
  assert.not.match(JSON.stringify(all), /wrong-token/);
});

test('a sign-out that a page of another origin asks for is an event', async () => {
  app = await startTestApp();
  const headers = { cookie: 'switchyard_session=x', origin: 'https://evil.example.com' };
  assert.is((await app.request('DELETE', '/api/session', { token: null, headers })).status, 403);
  await waitFor('the event', async () => (await told('request_refused')).length > 0);
  assert.match(
    String((await told('request_refused'))[0]?.[2]),
    /^DELETE \/api\/session was refused \(forbidden_origin\)/,
  );
});

test('a refusal of a valid enrolment token is an event, once', async () => {
  const clock = createFakeClock();
  app = await startTestApp({ clock });
  const { token } = (await app.request('POST', '/api/enrolments', { body: { names: ['web*'] } })).body as {
    token: string;
  };
  const body = { hostname: 'db1', platform: 'nixos', stateId: crypto.randomUUID(), stateSecret: 'x'.repeat(32) };
  await app.request('POST', '/api/agent/enrol', { token, body: { ...body, platform: 'dos' } });
  for (let n = 0; n < 300; n += 1) await app.request('POST', '/api/agent/enrol', { token, body });
  assert.is((await app.request('POST', '/api/agent/enrol', { token, body })).status, 429);
  await waitFor('the events', async () => (await told('request_refused')).length >= 2);
  assert.equal(
    (await told('request_refused')).map(([actor, , message]) => [actor, String(message).split(':')[0]]),
    [
      ['anonymous', 'POST /api/agent/enrol was refused (invalid_request)'],
      ['anonymous', 'POST /api/agent/enrol was refused (rate_limited)'],
    ],
  );
  assert.is((await told('enrolment_refused')).length, 20);
});

test("a change by cookie from a page of another origin is recorded under the cookie's owner", async () => {
  app = await startTestApp();
  const { headers } = await app.request('POST', '/api/session', { token: null, body: { token: ADMIN_TOKEN } });
  const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
  const foreign = { cookie, origin: 'https://evil.example.com' };
  const { status } = await app.request('POST', '/api/dispatch', {
    token: null,
    headers: foreign,
    body: { op: 'reboot', hosts: ['web1'] },
  });
  assert.is(status, 403);
  await waitFor('the event', async () => (await told('change_refused')).length > 0);
  const [[actor, address, message] = []] = await told('change_refused');
  assert.equal([actor, address], ['admin', HERE]);
  assert.match(String(message), /^POST \/api\/dispatch was refused \(forbidden_origin\)/);
});

test.run();
