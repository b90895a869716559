import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../../shared/time/clock.ts';
import { Failure } from '../grammar/failure.ts';
import { createClient } from './client.ts';
import { readConfig } from './config.ts';

const home = mkdtempSync(join(tmpdir(), 'switchyard-cli-config-'));
test.after(() => rmSync(home, { recursive: true, force: true }));

const withFile = (text: string) => {
  const folder = join(home, '.config', 'switchyard');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.toml'), text);
};

const read = (env: Record<string, string>) => {
  const { server, token } = readConfig({ HOME: home, ...env });
  return [server.href, token];
};

function fault(env: Record<string, string>): string {
  try {
    read(env);
  } catch (error) {
    if (error instanceof Failure && error.exit === 2) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

test('the environment wins over the file, the file over the default', () => {
  withFile('');
  assert.equal(read({ SWITCHYARD_API_TOKEN: 'a' }), ['http://127.0.0.1:8080/', 'a']);
  withFile('server = "https://fleet.example.com"\ntoken = "b"\n');
  assert.equal(read({}), ['https://fleet.example.com/', 'b']);
  assert.equal(read({ SWITCHYARD_SERVER: 'http://[::1]:9000', SWITCHYARD_API_TOKEN: 'c' }), [
    'http://[::1]:9000/',
    'c',
  ]);
});

test('an unreachable coordinator is named with the setting that chose it', async () => {
  const reached = async (env: Record<string, string>) => {
    const config = readConfig({ HOME: home, SWITCHYARD_API_TOKEN: 'a', ...env });
    const client = createClient(config, systemClock, new AbortController().signal);
    return client.json('/api/hosts').then(
      () => 'reached',
      (error) => String(error.message),
    );
  };
  withFile('');
  const server = 'http://127.0.0.1:1';
  assert.match(
    await reached({ SWITCHYARD_SERVER: server }),
    /^cannot reach http:\/\/127\.0\.0\.1:1 \(SWITCHYARD_SERVER\): /,
  );
  assert.is(readConfig({ HOME: home, SWITCHYARD_API_TOKEN: 'a' }).serverFrom, 'SWITCHYARD_SERVER is not set');
  withFile(`server = "${server}"`);
  assert.match(await reached({}), /^cannot reach http:\/\/127\.0\.0\.1:1 \(server in .*config\.toml\): /);
});

test('the next coordinator is asked, except for a change that the first may have made', async () => {
  const asked: string[] = [];
  const standby = JSON.stringify({ code: 'standby', detail: 'This coordinator stands by' });
  let cuts = false;
  const first = createServer((request, response) => {
    asked.push(`first ${request.method}`);
    if (cuts) request.socket.destroy();
    else response.writeHead(503, { 'content-type': 'application/problem+json' }).end(standby);
  });
  const second = createServer((request, response) => {
    asked.push(`second ${request.method}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  for (const server of [first, second]) await once(server.listen(0, '127.0.0.1'), 'listening');
  const [one, two] = [first, second].map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const clientOf = (servers: string) => {
    const config = readConfig({ HOME: home, SWITCHYARD_API_TOKEN: 'a', SWITCHYARD_SERVER: servers });
    return createClient(config, systemClock, new AbortController().signal);
  };
  try {
    const client = clientOf(`${one}, ${two}`);
    await client.json('/api/dispatch', { method: 'POST', body: {} });
    await client.json('/api/hosts');
    assert.equal(asked.splice(0), ['first POST', 'second POST', 'second GET'], 'it stays with the one that answers');
    cuts = true;
    await clientOf(`${one},${two}`).json('/api/hosts');
    assert.equal(asked.splice(0), ['first GET', 'second GET']);
    const change = clientOf(`${one},${two}`).json('/api/dispatch', { method: 'POST', body: {} });
    assert.is(
      await change.then(
        () => null,
        (error) => error.exit,
      ),
      7,
    );
    assert.equal(asked, ['first POST'], 'it may have been made');
    await clientOf(`http://127.0.0.1:1,${two}`).json('/api/dispatch', { method: 'POST', body: {} });
  } finally {
    first.close();
    second.close();
  }
});

test('a person who waits for any of several coordinators is told why once each was asked in vain', async () => {
  const told: string[] = [];
  const interruption = new AbortController();
  const servers = 'http://127.0.0.1:1,http://127.0.0.1:2';
  const config = readConfig({ HOME: home, SWITCHYARD_API_TOKEN: 'a', SWITCHYARD_SERVER: servers });
  config.onNobody = (reason) => {
    told.push(reason);
    interruption.abort();
  };
  const client = createClient(config, systemClock, interruption.signal);
  await client.json('/api/hosts').catch(() => {});
  assert.is(told.length, 1);
  assert.match(told[0] ?? '', /^cannot reach http:\/\/127\.0\.0\.1:2 \(SWITCHYARD_SERVER\): /);
});

test('an unencrypted URL, or a readable token file, is reported with advice', () => {
  chmodSync(home, 0o755);
  withFile('server = "http://fleet.example.com"\ntoken = "b"\n');
  const path = join(home, '.config', 'switchyard', 'config.toml');
  const warnings = (env: Record<string, string> = {}) => readConfig({ HOME: home, ...env }).warnings;
  chmodSync(path, 0o644);
  assert.match(
    warnings().join('\n'),
    /^server in .*config\.toml: http:\/\/fleet\.example\.com is not encrypted, .*\n.*chmod 600 /,
  );
  chmodSync(path, 0o600);
  const secure = { SWITCHYARD_SERVER: 'https://fleet.example.com' };
  assert.equal(warnings(secure), []);
  assert.match(
    warnings({ ...secure, NODE_TLS_REJECT_UNAUTHORIZED: '0' }).join(),
    /^NODE_TLS.*no certificate is checked/,
  );
  assert.match(
    warnings({ SWITCHYARD_SERVER: 'http://10.0.0.1' }).join(),
    /^SWITCHYARD_SERVER: http:\/\/10\.0\.0\.1 is not/,
  );
});

test('a fault is named with the expected value, without the token', () => {
  withFile('');
  assert.match(fault({}), /^SWITCHYARD_API_TOKEN is missing: it takes/);
  assert.match(fault({ SWITCHYARD_SERVER: 'fleet', SWITCHYARD_API_TOKEN: 'a' }), /^SWITCHYARD_SERVER takes an http/);
  const message = fault({ SWITCHYARD_API_TOKEN: 'two words' });
  assert.match(message, /one word/);
  assert.not.match(message, /two words/);
  withFile('token = "b"\nserverr = "x"\n');
  assert.match(fault({}), /config\.toml:2: serverr: there is no such key/);
});

test.run();
