import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocketServer } from 'ws';
import type { FeedFrame } from '../../../shared/feed/frames.ts';
import { waitFor } from '../../../shared/fixtures/wait-for.ts';
import { newId } from '../../../shared/ids.ts';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { goOn, readConfig } from './config.ts';
import { openFeed } from './feed.ts';

const target = (commit: string) => ({ commit, lockHash: null, branch: 'main', source: 'x', checkedAt: 1, error: null });

test('frames that come together with the first state are applied when the feed is handed over, and not reported before', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const frames: FeedFrame[] = [
    {
      type: 'init',
      epoch: newId(),
      version: 1,
      serverTime: 1,
      state: { hosts: [], commands: [], events: [], attention: [], target: target('old'), rollouts: [] },
    },
    { type: 'delta', version: 2, changes: [{ type: 'target', target: target('new') }] },
  ];
  server.on('connection', (socket, { socket: wire }: { socket: Socket }) => {
    wire.cork();
    for (const frame of frames) socket.send(JSON.stringify(frame));
    wire.uncork();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const told: string[] = [];
  const last = Promise.withResolvers<void>();
  const feed = await openFeed({
    config: {
      server: new URL(`http://127.0.0.1:${port}`),
      others: [],
      serverFrom: 'SWITCHYARD_SERVER',
      token: 't',
      isTokenGiven: false,
      context: null,
      contextsPath: '',
      warnings: [],
    },
    clock: createFakeClock(),
    interrupted: new AbortController().signal,
    onChange: (change) => {
      told.push(change.type === 'target' ? `${change.target.commit} of ${feed.state.target.commit}` : change.type);
      last.resolve();
    },
    onWhole: () => {},
    onConnection: () => {},
  });
  assert.is(feed.state.target.commit, 'new');
  for (const client of server.clients)
    client.send(JSON.stringify({ type: 'delta', version: 3, changes: [{ type: 'target', target: target('last') }] }));
  await last.promise;
  assert.equal(told, ['last of last']);
  feed.close();
  await new Promise((resolve) => server.close(resolve));
});

test('a lost feed names the coordinator that it was at, also after a request has left that one', async () => {
  const server = createServer((socket) => {
    goOn(config, config.server);
    socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const servers = `${url},http://127.0.0.1:9`;
  const config = readConfig({ HOME: '/nowhere', SWITCHYARD_API_TOKEN: 'a', SWITCHYARD_SERVER: servers });
  const told: string[] = [];
  const interruption = new AbortController();
  // Only the end of a round is told: the first try is at the one that does not listen.
  goOn(config, config.server);
  const clock = createFakeClock();
  config.onNobody = (words) => {
    told.push(words);
    interruption.abort();
  };
  const nothing = () => {};
  const opening = openFeed({
    config,
    clock,
    interrupted: interruption.signal,
    onChange: nothing,
    onWhole: nothing,
    onConnection: nothing,
  });
  void waitFor('the first loss', () => config.server.href === `${url}/`).then(() => clock.advance(500));
  await opening.catch(nothing);
  server.close();
  assert.match(told.join(), `cannot reach ${url} `);
});

test.run();
