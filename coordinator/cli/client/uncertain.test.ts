import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import type { Failure } from '../grammar/failure.ts';
import { createClient, type RequestOptions } from './client.ts';
import { goOn, readConfig } from './config.ts';

/** The failure of a change that no coordinator answers. */

const CHANGE = { method: 'POST', body: { op: 'pull' } } as const;
const KEYED = { ...CHANGE, headers: { 'idempotency-key': 'one' } };

const says =
  (status: number, text: string): RequestListener =>
  (_request, response) =>
    response.writeHead(status).end(text);
const problem = (status: number, code: string, detail: string) => says(status, JSON.stringify({ code, detail }));
const cuts: RequestListener = (request) => request.socket.destroy();
const standsBy = problem(503, 'standby', 'Ask the other');
const LOST = 'The store was lost at the moment of writing: look whether it was changed before you try again.';
const losesCommit = problem(503, 'storage_unavailable', LOST);

type Options = { options?: RequestOptions; inPause?: 'interrupted' };
/** The failure, and how often each coordinator was asked. `answers`: each coordinator's, in order; the last one stays. */
async function failing(answers: RequestListener[][], { options = KEYED, inPause }: Options = {}) {
  const asked = answers.map(() => 0);
  const servers = answers.map((own, place) =>
    createServer((request, response) => {
      asked[place] = (asked[place] ?? 0) + 1;
      (own.length > 1 ? own.shift() : own[0])?.(request, response);
    }),
  );
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  const urls = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const config = readConfig({ HOME: '/nowhere', SWITCHYARD_API_TOKEN: 'a', SWITCHYARD_SERVER: urls.join(',') });
  const clock = createFakeClock();
  const interruption = new AbortController();
  let pauses = 0;
  config.onNobody = () => {
    pauses += 1;
    // The pause has begun by then.
    setImmediate(() => (inPause ? interruption.abort() : clock.advance(5_000)));
  };
  try {
    const failure: Failure | null = await createClient(config, clock, interruption.signal)
      .json('/api/dispatch', options)
      .then(
        () => null,
        (error) => error,
      );
    return { message: failure?.message ?? '', exit: failure?.exit, asked, pauses, first: urls[0] };
  } finally {
    for (const server of servers) server.close();
  }
}

test('a change that one coordinator may have made fails as such, although the last ones asked did nothing', async () => {
  const cut = await failing([[cuts, standsBy], [standsBy]]);
  assert.match(cut.message, `cannot reach ${cut.first} (SWITCHYARD_SERVER): the connection to `);
  assert.match(cut.message, /it may have been carried out: look before you try again$/);
  assert.equal([cut.exit, cut.asked], [7, [4, 4]]);
  const lost = await failing([[standsBy], [losesCommit, standsBy]]);
  assert.equal([lost.message, lost.exit], [`storage_unavailable: ${LOST}`, 7]);
  const gateway = await failing([[says(504, '<html>'), standsBy], [standsBy]]);
  assert.match(gateway.message, /HTTP 504.*it may have been carried out/);
  const page = await failing([[says(200, '<html>'), standsBy], [standsBy]]);
  assert.match(page.message, /does not answer like a coordinator; it may have been carried out/);
});

test('a change that no coordinator made fails in the last words', async () => {
  const nothing = problem(503, 'storage_unavailable', 'The database is away. Nothing was changed.');
  assert.is((await failing([[nothing, standsBy], [standsBy]])).message, 'standby: Ask the other');
  assert.is((await failing([[cuts], [standsBy]], { options: {} })).message, 'standby: Ask the other');
});

test('an interruption between two rounds does not hide that a change may have been made', async () => {
  const { message, exit } = await failing([[cuts], [standsBy]], { inPause: 'interrupted' });
  assert.match(message, 'it may have been carried out');
  assert.is(exit, 7);
  const nothing = await failing([[standsBy], [standsBy]], { inPause: 'interrupted' });
  assert.equal([nothing.message, nothing.exit], ['interrupted', 130]);
});

test('a refusal after a change that may have been made is told with it', async () => {
  const { message, exit, asked } = await failing([[cuts], [problem(429, 'rate_limited', 'Wait')]]);
  assert.match(message, /it may have been carried out: look before you try again \(then: rate_limited: Wait\)$/);
  assert.equal([exit, asked], [7, [1, 1]]);
});

test('a proxy that leads elsewhere is not asked again, unless another coordinator may take the lead', async () => {
  for (const options of [{}, KEYED])
    for (const status of [301, 404]) {
      const { message, asked, pauses } = await failing([[says(status, '')], [says(status, '')]], { options });
      assert.match(message, `(HTTP ${status})`);
      assert.not.match(message, 'carried out');
      assert.equal([asked, pauses], [[1, 1], 0]);
    }
  assert.equal((await failing([[says(404, '')], [standsBy]])).asked, [4, 4]);
  assert.equal((await failing([[says(502, '')], [says(502, '')]])).asked, [4, 4]);
});

test('a failure names the coordinator that was asked, also after another request has left it', async () => {
  for (const text of [null, '<html>']) {
    const server = createServer((_request, response) => {
      goOn(config, config.server);
      if (text === null) response.destroy();
      else response.end(text);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { HOME: '/nowhere', SWITCHYARD_API_TOKEN: 'a', SWITCHYARD_SERVER: `${url},http://127.0.0.1:9` };
    const config = readConfig(env);
    const client = createClient(config, createFakeClock(), new AbortController().signal);
    const message = await client.json('/api/x', CHANGE).then(
      () => '',
      (error) => error.message,
    );
    server.close();
    assert.match(message, `${url} `);
    assert.not.match(message, ':9 ');
  }
});

test.run();
