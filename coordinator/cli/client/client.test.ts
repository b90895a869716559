import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../../shared/fixtures/wait-for.ts';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { createClient, type RequestOptions } from './client.ts';
import { readConfig } from './config.ts';

/** Several coordinators, of which the first is asked in vain. */

const CHANGE = { method: 'POST', body: { op: 'pull' } } as const;
const KEYED = { ...CHANGE, headers: { 'idempotency-key': 'one' } };

type First = RequestListener | 'silent' | 'accepts no connection';
/** The outcome, and the requests that the second coordinator got. */
type Outcome = { said: unknown; second: string[] };

/** `waits`: the time that passes until this request is given up. */
async function asked(answer: First, options: RequestOptions = {}, waits = 0): Promise<Outcome> {
  const second: string[] = [];
  const sockets = new Set<Socket>();
  const clock = createFakeClock();
  const note = ({ method, headers }: IncomingMessage) => `${method} ${headers['idempotency-key'] ?? '-'}`;
  const servers: Server[] = [
    answer === 'accepts no connection' ? createTcpServer() : createServer(answer === 'silent' ? () => {} : answer),
    createServer((request, response) => {
      second.push(note(request));
      response.end('{"from":"second"}');
    }),
  ];
  for (const server of servers) {
    server.on('connection', (socket) => sockets.add(socket));
    await once(server.listen(0, '127.0.0.1'), 'listening');
  }
  const [one, two] = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  // Nobody answers the handshake of TLS, so the request never leaves.
  const scheme = answer === 'accepts no connection' ? 'https' : 'http';
  const env = { HOME: '/nowhere', SWITCHYARD_API_TOKEN: 'a', SWITCHYARD_SERVER: `${scheme}://${one},http://${two}` };
  try {
    const client = createClient(readConfig(env), clock, new AbortController().signal);
    let said: unknown = null;
    void client.json('/api/x', options).then(
      ({ body }) => {
        said = body;
      },
      (error: Error) => {
        said = error.message;
      },
    );
    await waitFor('the first connection', () => sockets.size > 0);
    while (clock.monotonic() < waits) {
      await turn();
      assert.equal([said, second], [null, []], `after ${clock.monotonic()} ms`);
      clock.advance(500);
    }
    await waitFor('an outcome', () => said !== null);
    return { said, second };
  } finally {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  }
}

const isFrom = (outcome: Outcome, second: string[]) =>
  assert.equal([outcome.said, outcome.second], [{ from: 'second' }, second]);

const cuts: RequestListener = (request) => request.socket.destroy();

test('a change with an Idempotency-Key that may have been made is asked of the next, with the same key', async () => {
  isFrom(await asked(cuts, KEYED), ['POST one']);
  const lost: RequestListener = (_request, response) => response.writeHead(503).end('{"code":"storage_unavailable"}');
  isFrom(await asked(lost, KEYED), ['POST one']);
  for (const answer of [cuts, lost]) assert.equal((await asked(answer, CHANGE)).second, []);
});

test('a question goes on where a proxy or a page answers, or an answer breaks off', async () => {
  for (const status of [200, 404, 502, 504]) {
    const page: RequestListener = (_request, response) => response.writeHead(status).end('<html>');
    isFrom(await asked(page), ['GET -']);
    assert.equal((await asked(page, CHANGE)).second, []);
  }
  const breaksOff: RequestListener = (request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{');
    setImmediate(() => request.socket.destroy());
  };
  isFrom(await asked(breaksOff), ['GET -']);
});

test('a machine that accepts no connection is left after 5 s, for a change too', async () =>
  isFrom(await asked('accepts no connection', CHANGE, 5_000), ['POST -']));

test('a silent coordinator is left after 10 s, except for a change that it may have made', async () => {
  isFrom(await asked('silent', {}, 10_000), ['GET -']);
  const change = await asked('silent', CHANGE, 30_000);
  assert.match(String(change.said), 'no answer in 30 s');
  assert.equal(change.second, []);
});

test('two requests that one coordinator refuses at once go on to the next, neither back', async () => {
  const asked = [0, 0];
  const both = Promise.withResolvers<void>();
  const servers = asked.map((_, place) =>
    createServer(async (_request, response) => {
      asked[place] = (asked[place] ?? 0) + 1;
      if (place === 1) return void response.end('{}');
      if (asked[0] === 2) both.resolve();
      await both.promise;
      response.writeHead(503).end('{"code":"standby"}');
    }),
  );
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  const urls = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const env = { HOME: '/nowhere', SWITCHYARD_API_TOKEN: 'a', SWITCHYARD_SERVER: urls.join(',') };
  const client = createClient(readConfig(env), createFakeClock(), new AbortController().signal);
  try {
    await Promise.all([client.json('/api/x'), client.json('/api/x')]);
    assert.equal(asked, [2, 2]);
  } finally {
    for (const server of servers) server.close();
  }
});

test.run();
