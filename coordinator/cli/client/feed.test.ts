import type { Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocketServer } from 'ws';
import type { FeedFrame } from '../../../shared/feed/frames.ts';
import { newId } from '../../../shared/ids.ts';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
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

test.run();
