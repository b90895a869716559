import { once } from 'node:events';
import { request } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { Compile } from 'typebox/compile';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FeedFrame } from '../../shared/feed/frames.ts';
import { snapshotOf } from '../../shared/feed/state.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { FeedClient } from '../fixtures/feed-client.ts';
import { byId } from '../fixtures/feed-world.ts';
import { type ServeOptions, serveFeed } from './fixtures/served-feed.ts';

const closing: (() => Promise<void>)[] = [];
test.after.each(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(options?: ServeOptions) {
  const served = await serveFeed(options);
  closing.push(served.close);
  return served;
}

const until = (isSo: () => unknown) => waitFor(String(isSo), isSo);

const seen = ({ state }: FeedClient) => {
  if (!state) throw new Error('nothing came');
  const { hosts, commands, ...rest } = snapshotOf(state);
  return { hosts: hosts.sort(byId), commands: commands.sort(byId), ...rest };
};

const frameSchema = Compile(FeedFrame);

test('a client gets the whole state, then changes as deltas, each of the next version', async () => {
  const served = await serve();
  served.change(20);
  const client = served.connect();
  await until(() => client.version !== null);
  const [init] = client.frames;
  assert.is(init?.type, 'init');
  assert.ok(frameSchema.Check({ ...init, state: { ...(init as { state: object }).state, commands: [] } }));
  const { version } = client;
  served.change(5);
  served.change(5);
  await until(() => client.version === (version ?? 0) + 2);
  assert.equal(
    client.frames.slice(1).map(({ type }) => type),
    ['delta', 'delta'],
  );
  assert.equal(seen(client), served.world.expected());
  assert.equal(client.faults, []);
});

test('many changes at once go out in several deltas, none much above the intended length', async () => {
  const served = await serve();
  const client = served.connect();
  await until(() => client.version !== null);
  served.change(4_000);
  const last = served.connect();
  await until(() => last.version !== null && last.version === client.version);
  assert.equal(seen(client), served.world.expected());
  const sizes = client.frames.slice(1).map((frame) => JSON.stringify(frame).length);
  assert.ok(sizes.length > 1 && Math.max(...sizes) < 1.1 * 1024 * 1024, `${sizes} bytes`);
});

test('an upgrade that fails after the wait for the state leaves the state to the client that waited too', async () => {
  const ready = Promise.withResolvers<void>();
  const served = await serve({ ready: ready.promise });
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'too short',
    'sec-websocket-version': '13',
  };
  const bad = request(served.url.replace('ws:', 'http:'), { headers });
  const refused = once(bad.end(), 'response');
  await until(() => served.upgrades() === 1);
  const client = served.connect();
  await until(() => served.upgrades() === 2);
  ready.resolve();
  const [answer] = await refused;
  answer.resume();
  assert.is(answer.statusCode, 400);
  await until(() => client.version !== null);
  for (let seconds = 0; seconds <= 60; seconds += 15) {
    const before = client.frames.length;
    served.clock.advance(15_000);
    client.send({ type: 'get_state' });
    await until(() => client.frames.slice(before).some(({ type }) => type === 'full_state') || client.closed);
    assert.is(client.closed, null);
  }
});

test('a sync comes every 15 s, and a state when it is asked for', async () => {
  const served = await serve();
  const client = served.connect();
  await until(() => client.version !== null);
  served.clock.advance(15_000);
  await until(() => client.frames.length === 2);
  const [, sync] = client.frames;
  assert.equal(sync, { type: 'sync', version: 0, serverTime: served.clock.now() });
  client.send({ type: 'get_state' });
  await until(() => client.frames.length === 3);
  assert.is(client.frames[2]?.type, 'full_state');
});

test('bad frames are answered, an unknown type is ignored, the tenth bad one ends the connection with 1008', async () => {
  const served = await serve();
  const client = served.connect();
  await until(() => client.version !== null);
  client.send({ type: 'from_the_future', payload: 1 });
  const bad = [
    'no json',
    '[]',
    { type: 'subscribe_output', commandId: 'x', offset: 0 },
    { type: 'unsubscribe_output' },
  ];
  for (let count = 0; count < 10; count += 1) client.send(bad[count % bad.length] ?? '');
  await until(() => client.closed);
  const errors = client.frames.filter(({ type }) => type === 'error');
  assert.is(errors.length, 10);
  assert.ok(errors.every((error) => error.type === 'error' && error.code === 'bad_frame'));
  assert.is(client.closed?.code, 1008);
});

test('a client that does not read has no queue: it gets a state once it reads again, or 1013 if it does not', async () => {
  const served = await serve({ maxDeltas: 10 });
  const [stalled, gone] = [served.connect(), served.connect()];
  await until(() => stalled.version !== null && gone.version !== null);
  stalled.socket.pause();
  gone.socket.pause();
  for (let count = 0; count < 150; count += 1) {
    served.change(20);
    await turn();
  }
  stalled.socket.resume();
  await until(() => stalled.version === 150);
  const types = stalled.frames.map(({ type }) => type);
  assert.ok(types.includes('full_state'), 'it came back by a whole state');
  assert.ok(types.length < 150, 'it was not sent everything');
  assert.equal(seen(stalled), served.world.expected());
  assert.equal(stalled.faults, []);

  // Its answer shows that the server has heard it by now; the other has been silent for two syncs.
  stalled.send({ type: 'get_state' });
  await until(() => stalled.frames.length > types.length);
  served.clock.advance(15_000);
  await until(() => stalled.frames.at(-1)?.type === 'sync');
  gone.socket.resume();
  await until(() => gone.closed);
  assert.is(gone.closed?.code, 1013);
  assert.is(stalled.closed, null);
});

test.run();
