import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Event } from '../../shared/model/event.ts';
import type { ApiTokenView, Grant, NewApiToken } from '../../shared/model/grant.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createDisk } from '../fixtures/disk.ts';
import { startTestApp, type TestApp } from '../fixtures/test-app.ts';

let app: TestApp;
test.after.each(() => app.close());

const OPERATOR: Grant[] = [{ role: 'operator', tags: ['web'], ops: ['pull'] }];

async function create(name: string, more: object = {}): Promise<NewApiToken> {
  const answer = await app.request('POST', '/api/tokens', { body: { name, grants: OPERATOR, ...more } });
  assert.is(answer.status, 201, answer.text);
  return answer.body;
}
const refusal = async (body: object): Promise<string> => {
  const answer = await app.request('POST', '/api/tokens', { body });
  return (answer.body as { code?: string }).code ?? '';
};
const list = async (): Promise<ApiTokenView[]> => (await app.request('GET', '/api/tokens')).body;
const statusOf = async (token: string): Promise<number> => (await app.request('GET', '/api/hosts', { token })).status;

async function openFeed(headers: Record<string, string>): Promise<[Promise<number>]> {
  const socket = new WebSocket(`${(await app.listen()).replace('http', 'ws')}/ws/dashboard`, { headers });
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'message');
  // In a list, because an async function would wait for a bare promise.
  return [closed];
}

/** Resolves once the output of a running command is followed; the result resolves to whether the answer was cut. */
async function follow(headers: Record<string, string>): Promise<[Promise<boolean>]> {
  const { token, hostId } = await app.addHost('web1');
  const agent = await app.connect(token);
  await app.dispatch({ op: 'pull', hosts: [hostId] });
  const { id } = await agent.next('command.run');
  agent.send('command.accepted', { id });
  const asked = httpRequest(`${await app.listen()}/api/commands/${id}/output?follow=true`, { headers });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  response.resume();
  return [new Promise<boolean>((resolve) => response.on('close', () => resolve(!response.complete)))];
}

async function sessionOf(token: string): Promise<string> {
  const { headers, status } = await app.request('POST', '/api/session', { token: null, body: { token } });
  assert.is(status, 204);
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

test('a token is shown once, kept as its hash, listed with its last use, and works across a restart', async () => {
  const clock = createFakeClock();
  app = await startTestApp({ clock });
  const { token, ...shown } = await create('ci', { expiresAt: clock.now() + 1_000_000 });
  assert.is(shown.createdBy, 'admin');
  assert.equal(await list(), [shown]);
  assert.is(shown.lastUsedAt, null);
  clock.advance(5_000);
  assert.is(await statusOf(token), 200);
  assert.is((await list())[0]?.lastUsedAt, clock.now());
  const { dataDir } = app;
  assert.not.match(JSON.stringify(app.store.apiTokens.list()), token);
  assert.not.match(app.logged.join(''), token);
  await waitFor('that its use is stored', () => app.store.apiTokens.list()[0]?.lastUsedAt === clock.now());
  await app.stop();
  app = await startTestApp({ clock, dataDir });
  assert.equal(
    (await list()).map(({ name, lastUsedAt }) => [name, lastUsedAt]),
    [['ci', clock.now()]],
  );
  assert.is(await statusOf(token), 200);
});

test("requests by a token, and their refusals, stand under the token's name", async () => {
  app = await startTestApp();
  const { token } = await create('ci');
  const { token: hostToken } = await app.addHost('web1');
  await app.request('PATCH', '/api/hosts/web1', { body: { tags: ['web'] } });
  await app.connect(hostToken);
  const { body } = await app.request('POST', '/api/dispatch', { token, body: { op: 'pull', hosts: ['web1'] } });
  const { results } = body as { results: { commandId: string }[] };
  assert.is((await app.command(results[0]?.commandId ?? '')).requestedBy, 'token:ci');
  assert.is((await app.request('DELETE', '/api/hosts/web1', { token })).status, 403);
  assert.is((await app.request('GET', '/api/tokens', { token })).status, 403);
  const told = async (code: string): Promise<Event[]> => {
    const { items } = (await app.request('GET', '/api/events?limit=500')).body as { items: Event[] };
    return items.filter((event) => event.code === code);
  };
  const refused = await waitFor('both refusals', async () => {
    const events = await told('change_refused');
    return events.length === 2 && events;
  });
  assert.equal(
    refused.map(({ actor, address, message }) => [actor, address, message.split(' was refused')[0]]),
    [
      ['token:ci', '127.0.0.1', 'DELETE /api/hosts/web1'],
      ['token:ci', '127.0.0.1', 'GET /api/tokens'],
    ],
  );
  const [made] = await told('token_added');
  assert.is(made?.message, 'The token ci was made: operator on hosts tagged web for pull');
  const whoami = await app.request('GET', '/api/whoami', { token });
  assert.equal(whoami.body, {
    actor: 'token:ci',
    name: null,
    grants: OPERATOR,
    expiresAt: null,
    steppedUpUntil: null,
    stepUpOps: [],
    twoPeople: false,
  } as never);
});

test('removing a token ends its sockets, streams and sessions, and no others', async () => {
  app = await startTestApp();
  const { token, id } = await create('ci');
  const { token: other } = await create('other');
  const cookie = await sessionOf(token);
  const [feed] = await openFeed({ authorization: `Bearer ${token}` });
  const [page] = await openFeed({ cookie });
  const [bystander] = await openFeed({ authorization: `Bearer ${other}` });
  const [cut] = await follow({ authorization: `Bearer ${token}` });
  assert.is((await app.request('DELETE', `/api/tokens/${id}`)).status, 204);
  assert.equal(await Promise.all([feed, page, cut]), [4401, 4401, true]);
  assert.is(await statusOf(token), 401);
  const asPage = () => app.request('GET', '/api/hosts', { token: null, headers: { cookie } });
  assert.is((await asPage()).status, 401);
  // A new token of the same name is another token.
  await create('ci', { grants: [{ role: 'admin' }] });
  assert.is((await asPage()).status, 401);
  assert.is(await Promise.race([bystander, statusOf(other)]), 200);
  assert.is((await app.request('DELETE', '/api/tokens/nobody')).status, 404);
});

test('a token and everything opened with it end within a second of its expiry', async () => {
  const clock = createFakeClock();
  app = await startTestApp({ clock });
  const { token } = await create('ci', { expiresAt: clock.now() + 10_000 });
  const cookie = await sessionOf(token);
  const [feed] = await openFeed({ authorization: `Bearer ${token}` });
  const [page] = await openFeed({ cookie });
  clock.advance(9_900);
  assert.is(await Promise.race([feed, page, statusOf(token)]), 200);
  clock.advance(1_000);
  assert.equal(await Promise.all([feed, page]), [4401, 4401]);
  assert.is(await statusOf(token), 401);
  assert.is((await app.request('GET', '/api/hosts', { token: null, headers: { cookie } })).status, 401);
  assert.is((await list()).length, 1, 'it is still shown');
  clock.setWall(clock.now() + 31 * 24 * 3_600_000);
  clock.advance(3_600_000);
  assert.equal(await list(), []);
});

test('a senseless request is refused, and a token that cannot be stored does not exist', async () => {
  const disk = createDisk();
  app = await startTestApp({ store: disk.under });
  await create('ci');
  assert.is(await refusal({ name: 'ci', grants: OPERATOR }), 'token_exists');
  for (const grants of [[], [{ role: 'god' }], [{ role: 'operator', tags: [] }], [{ role: 'admin', tags: ['web'] }]])
    assert.is(await refusal({ name: 'x', grants }), 'invalid_request', JSON.stringify(grants));
  assert.is(await refusal({ name: 'x', grants: OPERATOR, expiresAt: 5 }), 'invalid_request');
  assert.is(await refusal({ name: 'a b', grants: OPERATOR }), 'invalid_request');
  disk.full = true;
  assert.is(await refusal({ name: 'y', grants: OPERATOR }), 'storage_unavailable');
  assert.is((await app.request('DELETE', '/api/tokens/ci')).status, 503);
  disk.full = false;
  assert.equal(
    (await list()).map(({ name }) => name),
    ['ci'],
  );
});

test.run();
