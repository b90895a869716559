import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import type { Log } from '../config/log.ts';
import { enrol } from './enrol.ts';

async function answering(status: number, body: object, onAsked: () => void): Promise<{ url: URL; server: Server }> {
  const server = createServer((_, response) => {
    onAsked();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), server };
}

test('a waiting host says so once per coordinator, however often it asks them in turn', async () => {
  const clock = createFakeClock();
  const abort = new AbortController();
  const lines: string[] = [];
  let asked = 0;
  const leader = await answering(202, { message: 'approve it' }, () => asked++);
  const standby = await answering(503, { detail: 'it stands by' }, () => asked++);
  const log = (level: string) => (fields: object) =>
    void lines.push(`${level} ${(fields as { reason: string }).reason}`);
  const ended = enrol({
    urls: [leader.url, standby.url],
    body: { hostname: 'web1', platform: 'custom', stateId: 'state', stateSecret: 'secret' },
    readToken: async () => 'token',
    keep: async () => {},
    clock,
    random: () => 0,
    log: { debug: () => {}, info: log('info'), warn: log('warn'), error: log('error') } as unknown as Log,
    signal: abort.signal,
  });
  await waitFor('three rounds', () => {
    clock.advance(0);
    return asked > 6;
  });
  abort.abort();
  assert.is(await ended, null);
  for (const { server } of [leader, standby]) server.close();
  assert.equal(lines, ['info approve it', 'warn it stands by']);
});

test.run();
