import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Grant } from '../../shared/model/grant.ts';
import { createFakeClock, type FakeClock } from '../../shared/time/fake-clock.ts';
import { openScene, PUBLIC_URL, type Scene, type SceneOptions } from './scene.ts';

/** The provider's answers about signed-in people, and when they count. */

const MINUTE_MS = 60_000;
/** The renewals look for due people within this time. */
const LOOK_MS = 5_000;

let clock: FakeClock;
let scene: Scene;
const open = async (options: SceneOptions = {}): Promise<void> => {
  // The provider and the library have the machine's clock.
  clock = createFakeClock(Date.now());
  scene = await openScene({ clock, ...options });
};
test.after.each(() => scene.close());

const grants = async (): Promise<Grant[] | null> => (await scene.whoami())?.grants ?? null;
const session = () => scene.app.store.signIns.list()[0];
/** Lets this much time pass; timers run only for its last seconds, so that no connection is silent for long. */
function skip(minutes: number): void {
  clock.setWall(clock.now() + minutes * MINUTE_MS - LOOK_MS);
  clock.advance(LOOK_MS);
}
/** Likewise, and waits for the provider's answer to the question that is due then. */
async function pass(minutes: number, isHeard: () => boolean): Promise<void> {
  skip(minutes);
  await waitFor('the answer of the provider', isHeard);
}
const wasAsked = (): boolean => (session()?.person?.askedAt ?? 0) > clock.now() - LOOK_MS;
const isOver = (): boolean => session() === undefined;
const lastEvent = async (): Promise<string> => (await scene.audit()).at(-1)?.message ?? '';

async function openFeed(): Promise<{ socket: WebSocket; closed: Promise<number> }> {
  const headers = { cookie: scene.browser.cookies(PUBLIC_URL) };
  const socket = new WebSocket(`${(await scene.app.listen()).replace('http', 'ws')}/ws/dashboard`, { headers });
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'message');
  return { socket, closed };
}

/** A running command whose output is followed; `isCut` once that is over. */
async function follow(): Promise<{ isCut: Promise<boolean> }> {
  const { token, hostId } = await scene.app.addHost('web1');
  const agent = await scene.app.connect(token);
  await scene.app.dispatch({ op: 'pull', hosts: [hostId] });
  const { id } = await agent.next('command.run');
  agent.send('command.accepted', { id });
  const headers = { cookie: scene.browser.cookies(PUBLIC_URL) };
  const asked = httpRequest(`${await scene.app.listen()}/api/commands/${id}/output?follow=true`, { headers });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const isCut = new Promise<boolean>((resolve) => {
    response.on('error', () => {});
    response.on('close', () => resolve(!response.complete));
  });
  response.resume();
  return { isCut };
}

test('groups are asked again, and a person who has left them all is out at once, with sockets and streams', async () => {
  await open();
  await scene.signIn('bob');
  const feed = await openFeed();
  const { isCut } = await follow();
  scene.provider.accounts.set('bob', { name: 'Bob', groups: ['guests'] });
  skip(9);
  assert.equal(await grants(), [{ role: 'operator', tags: ['web'] }], 'they were asked for a short time ago');
  skip(1);
  // No more time passes: the answer ends it.
  assert.equal([await feed.closed, await isCut], [4401, true]);
  assert.is(await grants(), null);
  assert.match(await lastEvent(), /of oidc:bob.* was ended by system: CONFIG grants nothing to the groups/);
  await waitFor('the refresh token to be given back', () => scene.provider.refreshTokens() === 0);
});

test('losing all groups takes back requests that have not begun; a refusal alone takes back nothing', async () => {
  await open();
  const { hostId } = await scene.app.addHost('away');
  await scene.app.request('PATCH', `/api/hosts/${hostId}`, { body: { tags: ['web'] } });
  const queued = async (login: string) => {
    const browser = scene.newBrowser();
    await scene.signIn(login, browser);
    const headers = { cookie: browser.cookies(PUBLIC_URL), 'sec-fetch-site': 'same-origin' };
    const body = { op: 'pull', hosts: ['away'], queueMs: 86_400_000 };
    const { body: answer } = await scene.app.request('POST', '/api/dispatch', { token: null, headers, body });
    return (answer as { results: { commandId: string }[] }).results[0]?.commandId ?? '';
  };
  const [ofAnn, ofBob] = [await queued('ann'), await queued('bob')];
  assert.equal(
    [(await scene.app.command(ofAnn)).requestedBy, (await scene.app.command(ofBob)).status],
    ['oidc:ann', 'QUEUED'],
  );
  scene.provider.accounts.set('bob', {});
  scene.provider.accounts.delete('ann');
  await pass(10, isOver);
  await waitFor('the end of both sessions', () => scene.app.store.signIns.list().length === 0);
  assert.equal(
    [(await scene.app.command(ofAnn)).status, (await scene.app.command(ofBob)).status],
    ['QUEUED', 'CANCELLED'],
  );
});

test('losing one group takes back requests that the other groups do not allow', async () => {
  await open();
  const { hostId } = await scene.app.addHost('web1');
  await scene.app.request('PATCH', `/api/hosts/${hostId}`, { body: { tags: ['web'] } });
  await scene.app.addHost('db1');
  scene.provider.accounts.set('ann', { groups: ['sre', 'web'] });
  await scene.signIn('ann');
  const headers = { cookie: scene.browser.cookies(PUBLIC_URL), 'sec-fetch-site': 'same-origin' };
  const post = async <Body>(url: string, body: object): Promise<Body> =>
    (await scene.app.request('POST', url, { token: null, headers, body })).body as Body;
  type Dispatched = { results: { commandId: string }[] };
  const body = { op: 'pull', hosts: ['web1', 'db1'], queueMs: 86_400_000 };
  const ids = (await post<Dispatched>('/api/dispatch', body)).results.map(({ commandId }) => commandId);
  const plan = { steps: [{ op: 'pull' }], approve: true };
  const rollouts = await Promise.all(
    [['web1'], ['web1', 'db1']].map((hosts) => post<{ id: string }>('/api/rollouts', { ...plan, hosts })),
  );
  scene.provider.accounts.set('ann', { groups: ['web'] });
  await pass(10, wasAsked);
  assert.equal(await grants(), [{ role: 'operator', tags: ['web'] }]);
  const commands = await Promise.all(ids.map(async (id) => (await scene.app.command(id)).status));
  const shown = await Promise.all(rollouts.map(({ id }) => scene.app.request('GET', `/api/rollouts/${id}`)));
  assert.equal(
    [commands, shown.map(({ body: rollout }) => (rollout as { status: string }).status)],
    [
      ['QUEUED', 'CANCELLED'],
      ['AWAITING_APPROVAL', 'STOPPED'],
    ],
  );
});

test('another group changes the grant of the open session', async () => {
  await open();
  await scene.signIn('ann');
  const feed = await openFeed();
  scene.provider.accounts.set('ann', { name: 'Ann Jones', groups: ['staff'] });
  await pass(10, wasAsked);
  assert.equal(await grants(), [{ role: 'viewer' }]);
  assert.is((await scene.whoami())?.name, 'Ann Jones');
  assert.match(await lastEvent(), /The groups of oidc:ann are now staff/);
  scene.provider.accounts.set('ann', { groups: ['staff', 'sre'] });
  await pass(10, wasAsked);
  assert.equal(await grants(), [{ role: 'admin' }, { role: 'viewer' }]);
  assert.is(feed.socket.readyState, WebSocket.OPEN, 'reading is for each of these roles');
  feed.socket.terminate();
});

test('a session revoked at the provider ends when the provider is asked', async () => {
  await open();
  await scene.signIn('ann');
  await scene.provider.forgetGrants();
  await pass(10, isOver);
  assert.is(await grants(), null);
  assert.match(await lastEvent(), /was ended by system: the provider says invalid_grant/);
});

test('a provider that is away is asked again, and its last answer counts for 15 minutes, no longer', async () => {
  await open();
  await scene.signIn('ann');
  const feed = await openFeed();
  await scene.provider.leave();
  const warnings = () => scene.app.logged.filter((line) => line.includes('cannot be asked for the groups')).length;
  await pass(10, () => warnings() === 1);
  await scene.provider.comeBack();
  skip(2);
  await waitFor('the answer of the provider', wasAsked);
  assert.equal(await grants(), [{ role: 'admin' }]);

  await scene.provider.leave();
  const before = warnings();
  await pass(10, () => warnings() > before);
  assert.equal(await grants(), [{ role: 'admin' }]);
  skip(5);
  assert.is(await feed.closed, 4401);
  assert.is(await grants(), null);
  assert.is((await scene.app.request('GET', '/api/hosts')).status, 200, 'the admin token is asked of nobody');
});

test('a provider without refresh tokens is asked with the access token', async () => {
  await open({ provider: { refreshes: false } });
  await scene.signIn('ann');
  assert.is(scene.provider.refreshTokens(), 0);
  scene.provider.accounts.set('ann', { groups: ['staff'] });
  await pass(10, wasAsked);
  assert.equal(await grants(), [{ role: 'viewer' }]);
  scene.provider.accounts.set('ann', {});
  await pass(10, isOver);
});

test('a restart ends no session, and the renewals go on once it was shown', async () => {
  await open();
  await scene.signIn('ann');
  await scene.restart();
  assert.equal(await grants(), [{ role: 'admin' }]);
  scene.provider.accounts.set('ann', { groups: ['staff'] });
  await pass(10, wasAsked);
  assert.equal(await grants(), [{ role: 'viewer' }]);
  await scene.restart();
  assert.equal(await grants(), [{ role: 'viewer' }]);
  await pass(10, wasAsked);
});

test('a session not shown within 15 minutes of a restart is over', async () => {
  await open();
  await scene.signIn('ann');
  await scene.restart();
  skip(15);
  assert.is(await grants(), null);
  await waitFor('its row to go', () => {
    clock.advance(MINUTE_MS);
    return isOver();
  });
});

test('a restart ends grants that CONFIG no longer has, or has for people of another provider', async () => {
  await open();
  await scene.signIn('bob');
  await scene.restart({ config: scene.config.replace('group = "web"', 'group = "db"') });
  assert.is(await grants(), null);
  await scene.restart();
  assert.is((await grants())?.length ?? 0, 1, 'the row was not asked for meanwhile');
  await scene.restart({ config: scene.config.replace('clientId = "switchyard"', 'clientId = "other"') });
  assert.is(await grants(), null);
  await scene.restart({ config: '' });
  assert.is(await grants(), null);
});

test.run();
