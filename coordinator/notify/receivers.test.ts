import { createHmac } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { NotifyMessage } from '../../shared/model/notify.ts';
import { request } from '../../shared/network/request.ts';
import { systemClock } from '../../shared/time/clock.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { startTestApp } from '../fixtures/test-app.ts';
import { publicLookup } from './addresses.ts';
import { callOut } from './call-out.ts';
import { createDeliver, createPing } from './deliver.ts';
import { createScene, sampleMessage, stateOf, to } from './fixtures/scene.ts';

/** Real receivers on loopback, called by the whole coordinator or by its calls alone. */

const scene = createScene();
const { secretFile, receiver } = scene;
test.after.each(scene.end);
test.after(scene.remove);

test("a webhook gets a person's act, signed, with its page", async () => {
  const hook = await receiver();
  const key = secretFile('key', 'a-key-of-the-hook');
  const app = await scene.app(
    `name = "ops"\nkind = "webhook"\nurl = "${hook.url}/hook?a=1"\nsecretFile = "${key}"\nevents = ["info"]\ndigestMs = 0`,
  );
  await app.addHost('web1');
  const got = await waitFor('a request', () => hook.received[0]);
  assert.equal([got.method, got.url, got.headers['content-type']], ['POST', '/hook?a=1', 'application/json']);
  const [, t, v1] = /^t=(\d+),v1=(.*)$/.exec(String(got.headers['x-switchyard-signature'])) ?? [];
  assert.is(v1, createHmac('sha256', 'a-key-of-the-hook').update(`${t}.${got.body}`).digest('hex'));
  const told: NotifyMessage = JSON.parse(got.body);
  assert.equal(
    [told.receiver, told.coordinator, told.notices[0]?.code, told.notices[0]?.link],
    ['ops', 'https://fleet.example', 'host_added', 'https://fleet.example/hosts/web1'],
  );
  assert.is(got.headers['x-switchyard-id'], told.id);
  await waitFor('a delivery', async () => (await stateOf(app)).lastDeliveryAt);
});

test('a refused message is given up and waits for a person until a test succeeds; a failed one is tried again', async () => {
  let status = 400;
  const hook = await receiver((_, response) => void response.writeHead(status).end('no'));
  const app = await scene.app(
    `name = "ops"\nkind = "ntfy"\nurl = "${hook.url}/topic"\nevents = ["info"]\ndigestMs = 0`,
  );
  await app.addHost('web1');
  await waitFor('a notice that was given up', async () => (await stateOf(app)).givenUp === 1);
  assert.match((await app.request('GET', '/api/attention')).text, /"notify_failed".*HTTP 400/);
  status = 500;
  await app.addHost('web2');
  const failed = await waitFor(
    'a failure',
    () => stateOf(app),
    ({ lastError }) => lastError?.message === 'HTTP 500',
  );
  assert.equal([failed.waiting, failed.givenUp], [1, 1]);
  assert.ok((failed.nextTryAt ?? 0) > systemClock.now());
  status = 200;
  assert.equal((await app.request('POST', '/api/notify/ops/test')).body, { delivered: true, error: null });
  assert.equal((await app.request('GET', '/api/attention')).body, []);
});

test('a receiver has one test under way at a time', async () => {
  let answer = () => {};
  const slow = await receiver((_, response) => {
    answer = () => void response.end();
  });
  const app = await scene.app(`name = "ops"\nkind = "ntfy"\nurl = "${slow.url}/topic"`);
  const first = app.request('POST', '/api/notify/ops/test');
  await waitFor('a request', () => slow.received[0]);
  assert.is((await app.request('POST', '/api/notify/ops/test')).status, 429);
  answer();
  assert.equal((await first).body, { delivered: true, error: null });
});

test('a redirect to another address is not followed', async () => {
  const inner = await receiver();
  const outer = await receiver(
    (_, response) => void response.writeHead(307, { location: `${inner.url}/secret` }).end(),
  );
  const outcome = await createDeliver(to(`kind = "ntfy"\nurl = "${outer.url}/topic"`))(sampleMessage);
  assert.equal(outcome, {
    kind: 'failed',
    message: 'HTTP 307: redirects are not followed',
    final: false,
    retryAfterMs: null,
  });
  assert.is(inner.received.length, 0);
});

test('a name that leads to a private address is refused before anything is sent', async () => {
  const inner = await receiver();
  await request(new URL(`http://localhost:${inner.port}/x`), { lookup: publicLookup }).then(
    () => assert.unreachable(),
    ({ message }) =>
      assert.match(message, 'localhost leads to a private address; where that is meant, set private = true'),
  );
  assert.is(inner.received.length, 0);
});

test('a receiver that never answers is given up after 15 s', async () => {
  const hung = await receiver(() => {});
  const clock = createFakeClock();
  const outcome = createDeliver(to(`kind = "ntfy"\nurl = "${hung.url}/topic"`, clock))(sampleMessage);
  await waitFor('a request', () => hung.received[0]);
  for (let seconds = 0; seconds < 16; seconds++) clock.advance(1_000);
  const { message: words, ...rest } = (await outcome) as { message: string };
  assert.match(words, /^127\.0\.0\.1:\d+ did not answer within 15 s$/);
  assert.equal(rest, { kind: 'failed', final: false, retryAfterMs: null });
  assert.is(clock.pending(), 0);
});

test('an answer that never ends is not read', async () => {
  const endless = await receiver((_, response) => {
    const more = () => {
      if (!response.destroyed) response.write('x'.repeat(65_536), () => setImmediate(more));
    };
    response.writeHead(200);
    more();
  });
  assert.equal(await createDeliver(to(`kind = "ntfy"\nurl = "${endless.url}/topic"`))(sampleMessage), {
    kind: 'delivered',
  });
  await waitFor('a closed connection', async () => (await endless.connections()) === 0);
});

test('Slack and a heartbeat take their whole URL from the file, Matrix a token', async () => {
  const hook = await receiver();
  const slack = secretFile('slack', `${hook.url}/services/T0/B0/hidden`);
  assert.equal(await createDeliver(to(`kind = "slack"\nsecretFile = "${slack}"`))(sampleMessage), {
    kind: 'delivered',
  });
  const token = secretFile('token', 'syt_hidden');
  const matrix = `kind = "matrix"\nurl = "${hook.url}"\nroom = "!a:b"\nsecretFile = "${token}"`;
  assert.equal(await createDeliver(to(matrix))(sampleMessage), { kind: 'delivered' });
  assert.equal(await createPing(to(`kind = "heartbeat"\nsecretFile = "${slack}"`))(), { kind: 'delivered' });
  assert.equal(
    hook.received.map(({ method, url, headers }) => `${method} ${url} ${headers.authorization}`),
    [
      'POST /services/T0/B0/hidden undefined',
      `PUT /_matrix/client/v3/rooms/!a%3Ab/send/m.room.message/${sampleMessage.id} Bearer syt_hidden`,
      'GET /services/T0/B0/hidden undefined',
    ],
  );
});

test('a coordinator pings its watch at the start and every minute', async () => {
  const watch = await receiver();
  const clock = createFakeClock(systemClock.now());
  const config = `[[notify]]\nname = "watch"\nkind = "heartbeat"\nurl = "${watch.url}/ping"`;
  const app = await startTestApp({ config, clock });
  scene.closes(app.close);
  await waitFor('a ping', () => watch.received.length === 1);
  clock.advance(60_000);
  await waitFor('another', () => watch.received.length === 2);
  const seen = await waitFor(
    'a delivery',
    () => stateOf(app),
    ({ lastDeliveryAt }) => lastDeliveryAt === clock.now(),
  );
  assert.equal([seen.kind, seen.events, seen.lastError], ['heartbeat', [], null]);
});

test('a coordinator that cannot write pings nobody', async () => {
  const watch = await receiver();
  const config = `[[notify]]\nname = "watch"\nkind = "heartbeat"\nurl = "${watch.url}/ping"`;
  const store = (real: Parameters<NonNullable<Parameters<typeof startTestApp>[0]>['store'] & object>[0]) => ({
    ...real,
    probe: () => {
      throw new Error('the disk is full');
    },
  });
  const app = await startTestApp({ config, store });
  scene.closes(app.close);
  const seen = await waitFor(
    'a failure',
    () => stateOf(app),
    ({ lastError }) => lastError !== null,
  );
  assert.is(seen.lastError?.message, 'the store accepts no writes');
  assert.is(watch.received.length, 0);
});

test('a stop gives up the try under way and keeps its message', async () => {
  const hung = await receiver(() => {});
  const stop = new AbortController();
  const { receiver: config } = to(`kind = "ntfy"\nurl = "${hung.url}/x"`);
  const calling = callOut(
    { clock: systemClock, receiver: config, signal: stop.signal },
    { url: new URL(hung.url), method: 'POST', headers: {}, body: 'x' },
  );
  await waitFor('a request', () => hung.received[0]);
  stop.abort(new Error('the coordinator stops'));
  await calling.then(
    () => assert.unreachable(),
    ({ message }) => assert.is(message, 'the coordinator stops'),
  );
});

test.run();
