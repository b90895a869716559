import { once } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import type { FeedFrame } from '../../shared/feed/frames.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Command } from '../../shared/model/command.ts';
import type { Browser } from './browse.ts';
import { openScene, PUBLIC_URL, type Scene } from './scene.ts';

/** Names of people beside the subjects under which they act. */

let scene: Scene;
let bob: Browser;
test.before(async () => {
  scene = await openScene();
  await scene.app.addHost('web1');
  await scene.app.request('PATCH', '/api/hosts/web1', { body: { tags: ['web'] } });
  bob = scene.newBrowser();
  await scene.signIn('bob', bob);
});
test.after(() => scene.close());

const get = async <Body>(url: string): Promise<Body> => (await scene.app.request('GET', url)).body as Body;
const act = async (body: object): Promise<string> => {
  const headers = { cookie: bob.cookies(PUBLIC_URL), 'sec-fetch-site': 'same-origin' };
  const answer = await scene.app.request('POST', '/api/dispatch', { token: null, headers, body });
  assert.is(answer.status, 202, answer.text);
  return (answer.body as { results: { commandId: string }[] }).results[0]?.commandId ?? '';
};

async function openFeed() {
  const headers = { cookie: bob.cookies(PUBLIC_URL) };
  const socket = new WebSocket(`${(await scene.app.listen()).replace('http', 'ws')}/ws/dashboard`, { headers });
  const frames: FeedFrame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  await waitFor('the state', () => frames.length > 0);
  const close = async (): Promise<void> => {
    socket.close();
    await once(socket, 'close');
  };
  return { frames, close };
}

test('a command, its events and a list say who asked for it by name, also in the feed and in exports', async () => {
  const feed = await openFeed();
  const id = await act({ op: 'pull', hosts: ['web1'], queueMs: 3_600_000 });
  const command = await get<Command>(`/api/commands/${id}`);
  assert.equal([command.requestedBy, command.requestedByName], ['oidc:bob', 'Bob']);
  const { items } = await get<{ items: Command[] }>('/api/commands');
  assert.equal(
    items.map(({ requestedByName }) => requestedByName),
    ['Bob'],
  );
  const dispatches = await get<{ items: { requestedByName?: string }[] }>('/api/dispatches');
  assert.equal(
    dispatches.items.map(({ requestedByName }) => requestedByName),
    ['Bob'],
  );

  const told = (await scene.audit()).filter(({ actor }) => actor === 'oidc:bob');
  assert.ok(told.length >= 2);
  assert.equal([...new Set(told.map(({ actorName }) => actorName))], ['Bob']);
  const csv = (await scene.app.request('GET', '/api/events?category=audit&format=csv')).text.split('\r\n');
  assert.match(csv[0] ?? '', /^id,time,at,.*,next,actorName$/);
  assert.match(csv.find((line) => line.includes(',oidc:bob,')) ?? '', /,Bob$/);
  const ndjson = (await scene.app.request('GET', '/api/events?category=audit&format=ndjson')).text;
  assert.match(ndjson, /"actor":"oidc:bob".*"actorName":"Bob"/);

  const hasName = (frame: FeedFrame) => JSON.stringify(frame).includes('"requestedByName":"Bob"');
  await waitFor('the change', () => feed.frames.some((frame) => frame.type === 'delta' && hasName(frame)));
  await feed.close();
  const later = await openFeed();
  assert.ok(later.frames.some((frame) => frame.type === 'init' && hasName(frame)));
  await later.close();
});

test('a name outlives the session and a restart, and a new name also stands beside earlier records', async () => {
  const [{ id }] = (await get<{ items: [Command] }>('/api/commands')).items;
  const name = async () => (await get<Command>(`/api/commands/${id}`)).requestedByName;
  await bob.open(`${PUBLIC_URL}/api/oidc/logout`);
  await scene.restart();
  assert.is(await name(), 'Bob');
  scene.provider.accounts.set('bob', { name: 'Robert', groups: ['web'] });
  await scene.signIn('bob', scene.newBrowser());
  assert.is(await name(), 'Robert');
});

test.run();
