import { createServer, type RequestListener } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Target } from '../../shared/model/target.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createUrlReader } from './url-target.ts';

const NOTHING: Target = { commit: null, lockHash: null, branch: null, source: null, checkedAt: null, error: null };
const COMMIT = 'a'.repeat(40);
const LOCK = 'b'.repeat(64);

/** Looks at a server with this answer; `during` runs once the request has come. */
async function look(answer: RequestListener, during = (_: { advance(ms: number): void; abort(): void }) => {}) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const server = createServer((request, response) => {
    answer(request, response);
    during({ advance: clock.advance, abort: () => stop.abort() });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const versionUrl = `http://127.0.0.1:${address.port}/version.json`;
  try {
    const found = await createUrlReader({ versionUrl, branch: 'stable', clock }).look(NOTHING, stop.signal);
    assert.is(clock.pending(), 0);
    return found.kind === 'failed' ? found.detail.replace(versionUrl, 'URL') : found;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const json =
  (value: unknown): RequestListener =>
  (_, response) =>
    void response.end(JSON.stringify(value));

test('a version file gives the commit, the lock hash if it has one, and its branch or the configured one', async () => {
  const full = { commit: COMMIT, lockHash: LOCK, branch: 'main' };
  assert.equal(await look(json({ ...full, builtAt: 'today' })), { kind: 'found', ...full });
  assert.equal(await look(json({ gitCommit: COMMIT })), {
    kind: 'found',
    commit: COMMIT,
    lockHash: null,
    branch: 'stable',
  });
});

const raw =
  (body: string | Uint8Array): RequestListener =>
  (_, response) =>
    void response.end(body);

test('a version file is read with a byte order mark, in UTF-16, and in any case of names and hex digits', async () => {
  const wanted = { kind: 'found', commit: COMMIT, lockHash: LOCK, branch: 'Main' };
  const plain = JSON.stringify({ commit: COMMIT, lockHash: LOCK, branch: 'Main' });
  assert.equal(await look(raw(`\uFEFF${plain}`)), wanted);
  assert.equal(await look(raw(Buffer.from(`\uFEFF${plain}`, 'utf16le'))), wanted);
  assert.equal(
    await look(json({ GitCommit: COMMIT.toUpperCase(), LOCKHASH: LOCK.toUpperCase(), Branch: 'Main' })),
    wanted,
  );
  assert.equal(await look(json({ Commit: 'another', commit: COMMIT, lockhash: LOCK, branch: 'Main' })), wanted);
  assert.equal(await look(json({ COMMIT: 'C'.repeat(64), lockHash: LOCK, branch: 'Main' })), {
    ...wanted,
    commit: 'c'.repeat(64),
  });
});

test('any other file is refused as no version file', async () => {
  assert.match(String(await look(json({ branch: 'main' }))), 'URL is not a version file: it has neither commit nor');
  assert.match(String(await look(json({ commit: 'abc1234' }))), 'URL is not a version file: /commit');
  assert.match(String(await look(json([]))), 'URL is not a version file');
  assert.is(await look((_, response) => void response.end('<html>')), 'URL is not JSON');
});

test('an answer with an error status or without an end is a failed look', async () => {
  assert.is(await look((_, response) => void response.writeHead(503).end()), 'URL answered HTTP 503');
  assert.is(await look((_, response) => void response.end('x'.repeat(70_000))), 'URL answered more than 65536 bytes');
});

test('a missing server is a failed look with the reason', async () => {
  const reader = createUrlReader({ versionUrl: 'http://127.0.0.1:1/', branch: 'main', clock: createFakeClock() });
  const found = await reader.look(NOTHING, new AbortController().signal);
  assert.ok(found.kind === 'failed');
  assert.match(found.detail, /ECONNREFUSED|bad port/);
});

test('a server that never answers, or never ends, is given up after 20 s', async () => {
  const silent = await look(
    () => {},
    ({ advance }) => advance(20_000),
  );
  assert.is(silent, 'URL: no answer after 20 s');
  const endless = await look(
    (_, response) => void response.write('{'),
    ({ advance }) => advance(20_000),
  );
  assert.is(endless, 'URL: no answer after 20 s');
});

test('an aborted look ends at once', async () => {
  const aborted = await look(
    () => {},
    ({ abort }) => abort(),
  );
  assert.match(String(aborted), 'URL: ');
});

test.run();
