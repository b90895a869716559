import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { codingFor, compressAnswers } from './compress.ts';
import type { Api } from './route.ts';

const LONG = JSON.stringify(Array.from({ length: 200 }, (_, n) => ({ name: `web${n}`, online: true })));

function serve() {
  const server = fastify() as unknown as Api;
  compressAnswers(server);
  server.get('/long', async (_request, reply) => reply.type('application/json').send(LONG));
  server.get('/short', async (_request, reply) => reply.type('application/json').send('{}'));
  server.get('/bytes', async (_request, reply) => reply.type('application/octet-stream').send(Buffer.from(LONG)));
  return (url: string, accept?: string) =>
    server.inject({ url, headers: accept === undefined ? {} : { 'accept-encoding': accept } });
}

test('a client gets the best coding that it accepts, or none', () => {
  assert.is(codingFor('gzip, deflate, br, zstd'), 'br');
  assert.is(codingFor('gzip'), 'gzip');
  assert.is(codingFor('br;q=0, gzip'), 'gzip');
  assert.is(codingFor('identity'), null);
  assert.is(codingFor(undefined), null);
});

test('a long answer is compressed as the client accepts, and decompresses to the same', async () => {
  const get = serve();
  for (const [accept, read] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const { rawPayload, headers } = await get('/long', accept);
    assert.equal([headers['content-encoding'], headers.vary], [accept, 'accept-encoding']);
    assert.is(Number(headers['content-length']), rawPayload.length);
    assert.ok(rawPayload.length < LONG.length / 5, `${rawPayload.length} of ${LONG.length} bytes`);
    assert.is(read(rawPayload).toString(), LONG);
  }
});

test('short answers, binary ones and those to clients without a coding stay as they are', async () => {
  const get = serve();
  for (const [url, accept] of [
    ['/short', 'br'],
    ['/bytes', 'br'],
    ['/long', undefined],
  ] as const) {
    const { headers, payload } = await get(url, accept);
    assert.is(headers['content-encoding'], undefined, url);
    assert.is(payload, url === '/short' ? '{}' : LONG);
  }
});

test.run();
