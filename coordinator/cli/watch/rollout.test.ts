import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FeedFrame } from '../../../shared/feed/frames.ts';
import { newId } from '../../../shared/ids.ts';
import type { RolloutHost, RolloutStatus, RolloutSummary, RolloutView } from '../../../shared/model/rollout.ts';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { createClient } from '../client/client.ts';
import type { Config } from '../client/config.ts';
import type { Context } from '../client/context.ts';
import { createSink, type Sink } from '../terminal/sink.ts';
import { createTimes } from '../terminal/times.ts';
import { watchRollout } from './rollout.ts';

const ID = newId();
const summary = (status: RolloutStatus, rev: number): RolloutSummary => ({
  id: ID,
  name: 'nightly',
  status,
  reason: null,
  createdBy: 'admin',
  approvedBy: null,
  createdAt: 1,
  startedAt: 1,
  finishedAt: null,
  commit: null,
  steps: [{ op: 'pull' }],
  rev,
  plan: { steps: [{ op: 'pull' }] },
  waves: [
    {
      index: 0,
      name: 'wave 1',
      soakMs: 0,
      approve: false,
      status: status === 'DONE' ? 'done' : 'running',
      startedAt: 1,
      soakUntil: null,
      finishedAt: null,
    },
  ],
  counts: { waiting: 0, running: 0, proven: 0, failed: 0, deferred: 0, skipped: 0, [standingIn(status)]: 1 },
});
const standingIn = (status: RolloutStatus): RolloutHost['standing'] => (status === 'DONE' ? 'proven' : 'running');
const hostIn = (status: RolloutStatus): RolloutHost => ({
  hostId: 'h1',
  host: 'web1',
  wave: 0,
  step: 0,
  commandId: null,
  standing: standingIn(status),
  code: null,
});
const viewOf = (status: RolloutStatus, rev: number): RolloutView => {
  const rollout = summary(status, rev);
  const waves = rollout.waves.map((wave) => ({ ...wave, hosts: ['h1'] }));
  return { ...rollout, waves, hosts: [hostIn(status)], history: [] };
};

/** Resolves once the client has handled every frame before: it answers a ping in its turn. */
async function handled(socket: WebSocket): Promise<void> {
  const answered = once(socket, 'pong');
  socket.ping();
  await answered;
}

function sink(): { sink: Sink; text: () => string } {
  let text = '';
  const stream = { isTTY: false, writableNeedDrain: false, write: (data: string) => (text += data) };
  return { sink: createSink(stream as never, { isDumb: false, hasColour: false }), text: () => text };
}

/** Watches at a coordinator that does `onAsked` before each of its answers. */
async function watch(onAsked: (socket: WebSocket, times: number) => Promise<RolloutView>) {
  const feed = new WebSocketServer({ noServer: true });
  const init: FeedFrame = {
    type: 'init',
    epoch: newId(),
    version: 1,
    serverTime: 1,
    state: {
      hosts: [],
      commands: [],
      events: [],
      attention: [],
      rollouts: [summary('RUNNING', 1)],
      target: { commit: null, lockHash: null, branch: null, source: null, checkedAt: null, error: null },
    },
  };
  let asked = 0;
  const server = createServer(async (_request, response) => {
    asked += 1;
    const [socket] = feed.clients;
    if (!socket) throw new Error('the rollout is requested before the feed is open');
    const body = await onAsked(socket, asked);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  server.on('upgrade', (request, socket, head) =>
    feed.handleUpgrade(request, socket, head, (client) => client.send(JSON.stringify(init))),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  const config: Config = {
    server: new URL(`http://127.0.0.1:${port}`),
    others: [],
    serverFrom: '',
    token: 't',
    isTokenGiven: false,
    context: null,
    contextsPath: '',
    warnings: [],
  };
  const clock = createFakeClock();
  const { signal } = new AbortController();
  const [out, err] = [sink(), sink()];
  const context: Context = {
    clock,
    config,
    stdin: process.stdin,
    keyboard: null,
    flags: {},
    interrupted: signal,
    verbs: [],
    terminal: { out: out.sink, err: err.sink, columns: () => 80, rows: () => 24 },
    client: createClient(config, clock, signal),
    times: createTimes({ utc: true }),
  };
  try {
    return { exit: await watchRollout(context, ID), out: out.text(), err: err.text(), asked };
  } finally {
    for (const client of feed.clients) client.terminate();
    server.closeAllConnections();
    server.close();
  }
}

const send = (socket: WebSocket, frame: FeedFrame): void => socket.send(JSON.stringify(frame));
const DONE: FeedFrame = {
  type: 'delta',
  version: 2,
  changes: [
    { type: 'rollout', rollout: summary('DONE', 2) },
    {
      type: 'rollout_host',
      rolloutId: ID,
      hostId: 'h1',
      wave: 0,
      step: 0,
      commandId: null,
      standing: 'proven',
      code: null,
    },
  ],
};

test('an end that the feed reports before the first answer, which is older, ends the watch', async () => {
  const { exit, out, err, asked } = await watch(async (socket, times) => {
    if (times > 1) return viewOf('DONE', 2);
    send(socket, DONE);
    await handled(socket);
    return viewOf('RUNNING', 1);
  });
  assert.equal([exit, asked], [0, 2], err);
  assert.match(out, /web1 +proven/);
  assert.is(err.match(/✓ web1 {2}proven/g)?.length, 1, err);
});

test('the last table shows the hosts as the API has them, even if the feed reported none', async () => {
  const { exit, out } = await watch(async (socket, times) => {
    if (times > 1) return viewOf('DONE', 2);
    void handled(socket).then(() => send(socket, { ...DONE, changes: DONE.changes.slice(0, 1) } as FeedFrame));
    return viewOf('RUNNING', 1);
  });
  assert.is(exit, 0);
  assert.match(out, /web1 +proven/);
});

test.run();
