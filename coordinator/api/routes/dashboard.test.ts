import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { fastify } from 'fastify';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Api } from '../http/route.ts';
import { dashboardRoutes, readDashboard } from './dashboard.ts';

const dir = mkdtempSync(join(tmpdir(), 'switchyard-pages-'));
test.after(() => rmSync(dir, { recursive: true }));

/** A server with only the pages of `dir`. */
function serve(from: string) {
  const server = fastify() as unknown as Api;
  dashboardRoutes(server, { dashboard: readDashboard(from) });
  return (url: string, headers: Record<string, string> = {}) => server.inject({ url, headers });
}

mkdirSync(join(dir, 'built/assets'), { recursive: true });
writeFileSync(join(dir, 'built/index.html'), '<!doctype html>the pages');
writeFileSync(join(dir, 'built/assets/main-abc.js'), 'code()');
writeFileSync(join(dir, 'built/licenses.txt'), 'by whom');

test('every page answers the one HTML file, which is revalidated each time', async () => {
  const get = serve(join(dir, 'built'));
  for (const url of ['/', '/attention', '/hosts/web1', '/commands/x', '/dispatches/x', '/settings?a=b']) {
    const answer = await get(url);
    assert.equal([answer.statusCode, answer.payload], [200, '<!doctype html>the pages'], url);
    assert.is(answer.headers['cache-control'], 'no-cache');
    const again = await get(url, { 'if-none-match': String(answer.headers.etag) });
    assert.equal([again.statusCode, again.payload], [304, '']);
  }
});

test("each page's links lead up to the coordinator's root, whatever path a proxy stripped", async () => {
  mkdirSync(join(dir, 'based'));
  writeFileSync(join(dir, 'based/index.html'), '<head><base href="./" /></head>');
  const get = serve(join(dir, 'based'));
  const tags = new Set<unknown>();
  for (const [url, up] of [
    ['/', './'],
    ['/attention', './'],
    ['/hosts/web1', '../'],
    ['/commands/x?at=1', '../'],
  ] as const) {
    const { payload, headers } = await get(url);
    assert.is(payload, `<head><base href="${up}" /></head>`, url);
    tags.add(headers.etag);
  }
  assert.is(tags.size, 2);
});

test('a page runs nothing inline and nothing from elsewhere', async () => {
  const policy = String((await serve(join(dir, 'built'))('/')).headers['content-security-policy']);
  assert.match(policy, /default-src 'self'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.not.match(policy, /unsafe|\*|https?:/);
});

test('assets have their types and are cached for good; others are unknown', async () => {
  const get = serve(join(dir, 'built'));
  const { headers, payload } = await get('/assets/main-abc.js');
  assert.equal([payload, headers['content-type']], ['code()', 'text/javascript; charset=utf-8']);
  assert.match(String(headers['cache-control']), /immutable/);
  const licenses = await get('/licenses.txt');
  assert.equal([licenses.payload, licenses.headers['cache-control']], ['by whom', 'no-cache']);
  for (const url of [
    '/assets/other.js',
    '/assets/../../package.json',
    '/assets/%2e%2e/index.html',
    '/nowhere',
    '/hosts',
  ])
    assert.is((await get(url)).statusCode, 404, url);
});

test('a file is sent compressed to clients that accept that', async () => {
  const code = 'const sameAgain = 1;\n'.repeat(500);
  mkdirSync(join(dir, 'long/assets'), { recursive: true });
  writeFileSync(join(dir, 'long/assets/main-abc.js'), code);
  const get = serve(join(dir, 'long'));
  const { rawPayload, headers } = await get('/assets/main-abc.js', { 'accept-encoding': 'gzip, br' });
  assert.equal([headers['content-encoding'], headers.vary], ['br', 'accept-encoding']);
  assert.match(String(headers['cache-control']), /immutable/);
  assert.ok(rawPayload.length < code.length / 50, `${rawPayload.length} bytes`);
  assert.is(brotliDecompressSync(rawPayload).toString(), code);
  assert.is((await get('/assets/main-abc.js')).payload, code);
});

test('without built pages the answer says how to build them', async () => {
  assert.match((await serve(join(dir, 'none'))('/')).payload, /npm run build:dashboard/);
});

test.run();
