import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { snapshotOf } from '../../shared/feed/state.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { connectFeed, type FeedClient } from '../fixtures/feed-client.ts';
import { byId, randomFrom } from '../fixtures/feed-world.ts';
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

test('after a short break only the missed deltas are sent, or a sync at once if there are none', async () => {
  const served = await serve();
  const first = served.connect();
  await until(() => first.version !== null);
  served.change(5);
  await until(() => first.version === 1);
  first.socket.terminate();
  await until(() => first.closed);
  served.change(5);
  served.change(5);
  const second = served.connect(first);
  await until(() => second.version === 3);
  assert.equal(
    second.frames.map(({ type }) => type),
    ['delta', 'delta'],
  );
  const third = served.connect(second);
  await until(() => third.frames.length > 0);
  assert.equal(
    third.frames.map(({ type }) => type),
    ['sync'],
  );
  assert.equal(seen(third), served.world.expected());
  assert.equal(
    [first, second, third].flatMap(({ faults }) => faults),
    [],
  );
});

test('a client with another epoch, or behind the held deltas, gets the whole state', async () => {
  const served = await serve({ maxDeltas: 3 });
  const first = served.connect();
  await until(() => first.version !== null);
  for (let count = 0; count < 5; count += 1) served.change(1);
  await until(() => first.version === 5);
  const query = (epoch: string, version: string) =>
    connectFeed({ url: `${served.url}?epoch=${epoch}&version=${version}` });
  const strangers = [
    query('another', '5'),
    query(first.epoch ?? '', '1'),
    query(first.epoch ?? '', '6'),
    query('', ''),
  ];
  for (const stranger of strangers) {
    await until(() => stranger.frames.length > 0);
    assert.is(stranger.frames[0]?.type, 'init');
    assert.equal(seen(stranger), served.world.expected());
    stranger.socket.terminate();
    await until(() => stranger.closed);
  }
});

test('changes while nobody listened are never missed', async () => {
  const served = await serve();
  const first = served.connect();
  await until(() => first.version !== null);
  first.socket.terminate();
  await until(() => first.closed);
  await until(() => served.clock.pending() === 2);
  served.clock.advance(60_000);
  served.change(50);
  const second = served.connect(first);
  await until(() => second.frames.length > 0);
  assert.is(second.frames[0]?.type, 'init');
  assert.is(second.epoch, first.epoch);
  assert.equal(seen(second), served.world.expected());
});

test("after ten thousand random changes, clients that left, stalled and resumed all have the server's state", async () => {
  const served = await serve({ seed: 7, maxDeltas: 25 });
  const random = randomFrom(99);
  const clients: FeedClient[] = [];
  const all: FeedClient[] = [];
  const connect = (from?: FeedClient) => {
    const client = served.connect(from);
    all.push(client);
    return client;
  };
  for (let count = 0; count < 6; count += 1) clients.push(connect());

  for (let round = 0; round < 500; round += 1) {
    served.change(20);
    await turn();
    for (const [index, client] of clients.entries()) {
      const luck = random();
      if (client.closed) clients[index] = connect(luck < 0.8 ? client : undefined);
      else if (luck < 0.02) client.socket.terminate();
      else if (luck < 0.04) client.socket.close();
      else if (luck < 0.1) client.socket.pause();
      else if (luck < 0.24) client.socket.resume();
      else if (luck < 0.25 && client.socket.readyState === 1) client.send({ type: 'get_state' });
    }
  }

  served.change(1);
  const last = connect();
  for (const client of clients) client.socket.resume();
  await until(() => {
    // A paused client may be disconnected for it.
    for (const [index, client] of clients.entries()) if (client.closed) clients[index] = connect(client);
    return last.version !== null && clients.every(({ version }) => version === last.version);
  });
  for (const client of [...clients, last]) assert.equal(seen(client), served.world.expected());
  assert.equal(
    all.flatMap(({ faults }) => faults),
    [],
  );
  const types = all.flatMap(({ frames }) => frames.map(({ type }) => type));
  const count = (type: string) => types.filter((one) => one === type).length;
  assert.ok(count('full_state') > 3, `${count('full_state')} full states`);
  assert.ok(all.length > 40, `${all.length} connections`);
});

test.run();
