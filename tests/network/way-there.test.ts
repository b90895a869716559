import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mountsMissing, testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { run } from '../cli/fixtures/command-line.ts';
import type { TestHost } from '../harness/host.ts';
import { logLines } from '../harness/program.ts';
import { shareSystem } from '../harness/shared-system.ts';
import type { System } from '../harness/system.ts';
import { type Authority, createAuthority } from './fixtures/certificates.ts';
import { checkOf } from './fixtures/check.ts';
import { type ConnectProxy, startConnectProxy } from './fixtures/connect-proxy.ts';
import { type ReverseProxy, type ReverseProxyOptions, startReverseProxy } from './fixtures/reverse-proxy.ts';

/**
 * The way to a coordinator as networks have it: TLS by a private authority, a path below a shared name, a proxy that is the only
 * way out. Agent, `--check` and command line all get through, or report the same error.
 */

const CLI = resolve(import.meta.dirname, '../../coordinator/cli/main.ts');
/** A name that no resolver knows: only a proxy can reach it. */
const BEHIND = 'fleet.behind.test';

const tlsTest = testUnless([toolMissing('openssl')]);
const mountTest = testUnless([toolMissing('openssl'), mountsMissing()]);
const inSystem = shareSystem(test);

const open: { close(): Promise<void> }[] = [];
let counter = 0;
let made: Authority | null = null;
const authority = ({ dir }: System): Authority => {
  made ??= createAuthority(join(dir, 'authority'));
  return made;
};

test.after.each(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function reverseProxy(system: System, more: Partial<ReverseProxyOptions> = {}): Promise<ReverseProxy> {
  const proxy = await startReverseProxy({ target: system.coordinator.address, ...more });
  open.push(proxy);
  return proxy;
}

/** A coordinator behind TLS and a path of a name that only the proxy reaches, and that proxy. */
async function behind(system: System): Promise<{ proxy: ConnectProxy; url: string; trust: Record<string, string> }> {
  const certificate = authority(system).issue(BEHIND);
  const { port } = await reverseProxy(system, { path: '/sub', certificate });
  const proxy = await startConnectProxy({ [BEHIND]: port });
  open.push(proxy);
  return { proxy, url: `https://${BEHIND}/sub`, trust: { SSL_CERT_FILE: authority(system).file } };
}

const newHost = (system: System, url: string, env: Record<string, string>) => {
  counter += 1;
  return system.addHost(`web${counter}`, { address: url, env, starts: false, ops: { greet: 'echo hello' } });
};

/** All three reach it, by HTTP and by WebSocket. */
async function expectThere(system: System, url: string, env: Record<string, string>): Promise<void> {
  const host = await newHost(system, url, env);
  host.agent.start();
  await host.online();
  assert.match(await checkOf(system, host), new RegExp(`^ok .+ knows this host as ${host.name}$`));
  const { status, out, err } = await run(system, `run greet --on ${host.name}`, { ...env, SWITCHYARD_SERVER: url });
  assert.is(status, 0, err);
  assert.match(out, /SUCCESS/);
  const logs = await run(system, `logs ${host.name}`, { ...env, SWITCHYARD_SERVER: url });
  assert.is(logs.out, 'hello\n', logs.err);
  await host.agent.stop();
}

/** All three say why not; for the command line both a verb that first makes a request, and one that first opens the live feed. */
async function expectWords(system: System, url: string, env: Record<string, string>, words: RegExp): Promise<void> {
  const host = await newHost(system, url, env);
  host.agent.start();
  const reason = await waitFor('why it is not connected', () => reasonOf(host));
  await host.agent.stop();
  assert.match(reason, words, 'agent');
  assert.match(await checkOf(system, host), new RegExp(`^FAIL .+${words.source}`), '--check');
  for (const line of ['commands', 'hosts']) {
    const { status, err } = await run(system, line, { ...env, SWITCHYARD_SERVER: url });
    assert.is(status, 7, err);
    assert.match(err, words, line);
  }
}

const reasonOf = ({ logFile }: TestHost): string | undefined =>
  logLines(logFile).findLast(({ msg }) => msg === 'not connected')?.reason as string | undefined;

tlsTest(
  'a path below a name, over TLS by an authority that is trusted',
  inSystem(async (system) => {
    const { port } = await reverseProxy(system, { path: '/sub', certificate: authority(system).issue('localhost') });
    const trust = { SSL_CERT_FILE: authority(system).file };
    await expectThere(system, `https://localhost:${port}/sub`, trust);
    await expectThere(system, `https://localhost:${port}/sub/`, trust);
    await expectWords(system, `https://localhost:${port}/wrong`, trust, /no coordinator is at \/wrong\/.+HTTP 404/);
  }),
);

tlsTest(
  'an authority that is not trusted, and a certificate for another name, are said to be that',
  inSystem(async (system) => {
    const { port } = await reverseProxy(system, { certificate: authority(system).issue('localhost') });
    const url = `https://localhost:${port}`;
    await expectWords(
      system,
      url,
      {},
      /the certificate of localhost:\d+ is from an authority that this machine does not trust/,
    );
    const other = await reverseProxy(system, { certificate: authority(system).issue('other.test') });
    const trust = { SSL_CERT_FILE: authority(system).file };
    await expectWords(
      system,
      `https://localhost:${other.port}`,
      trust,
      /the certificate of localhost:\d+ is for another name: DNS:other\.test/,
    );
  }),
);

mountTest(
  'an authority among those of the machine is trusted without another word',
  inSystem(async (system) => {
    const { port } = await reverseProxy(system, { certificate: authority(system).issue('localhost') });
    const url = `https://localhost:${port}`;
    const host = await newHost(system, url, {});
    const onMachine = async (env: Record<string, string>, ...command: string[]): Promise<string> => {
      const script = 'mount --bind "$0" /etc/ssl/certs && exec "$@"';
      const inside = [authority(system).dir, process.execPath, ...command];
      const { stdout, stderr } = await promisify(execFile)(
        'unshare',
        ['--mount', '--propagation', 'private', '/bin/sh', '-c', script, ...inside],
        { env: { PATH: process.env.PATH ?? '', ...env } },
      );
      return stdout + stderr;
    };
    assert.match(
      await onMachine(host.env, join(system.dir, 'agent.js'), '--check'),
      /ok +coordinator .+ knows this host/,
    );
    const token = { SWITCHYARD_API_TOKEN: tokenOf(system), SWITCHYARD_SERVER: url };
    assert.match(await onMachine(token, CLI, 'hosts'), new RegExp(` ${host.name} `));
  }),
);

tlsTest(
  'a proxy that is the only way out is asked by all three, and not where it is not to be',
  inSystem(async (system) => {
    const { proxy, url, trust } = await behind(system);
    await expectThere(system, url, { ...trust, HTTPS_PROXY: proxy.address });
    await expectThere(system, url, { ...trust, https_proxy: proxy.address });
    assert.ok(proxy.asked.length > 10 && proxy.asked.every((one) => one === `${BEHIND}:443`), proxy.asked.join());
    const before = proxy.asked.length;
    const without = { ...trust, HTTPS_PROXY: proxy.address, NO_PROXY: `.elsewhere.test, ${BEHIND}` };
    await expectWords(
      system,
      url,
      without,
      new RegExp(`no host named ${BEHIND}|the name ${BEHIND} cannot be looked up`),
    );
    assert.is(proxy.asked.length, before);
    // This machine itself is never behind a proxy.
    await expectThere(system, system.coordinator.address, { HTTP_PROXY: proxy.address });
    assert.is(proxy.asked.length, before);
  }),
);

test(
  'an address of IPv6 is reached, and this machine by it without a proxy',
  inSystem(async (system) => {
    const { port } = await reverseProxy(system, { address: '::1' });
    await expectThere(system, `http://[::1]:${port}`, { HTTP_PROXY: 'http://127.0.0.1:1' });
  }),
);

tlsTest(
  'without TLS too the proxy makes a tunnel, since WebSockets pass no other way',
  inSystem(async (system) => {
    const { port } = await reverseProxy(system);
    const proxy = await startConnectProxy({ [BEHIND]: port });
    open.push(proxy);
    await expectThere(system, `http://${BEHIND}`, { HTTP_PROXY: proxy.address });
    assert.ok(proxy.asked.every((one) => one === `${BEHIND}:80`));
  }),
);

tlsTest(
  'a proxy that refuses, wants a password, or is not there, is said to be that',
  inSystem(async (system) => {
    const { proxy, url, trust } = await behind(system);
    const env = { ...trust, HTTPS_PROXY: proxy.address };
    proxy.refusesWith(403);
    await expectWords(
      system,
      url,
      env,
      /the proxy 127\.0\.0\.1:\d+ does not let connections to fleet\.behind\.test through \(HTTP 403\)/,
    );
    proxy.refusesWith(407);
    await expectWords(system, url, env, /the proxy 127\.0\.0\.1:\d+ wants a user and password/);
    await expectWords(
      system,
      url,
      { ...trust, HTTPS_PROXY: 'http://127.0.0.1:1' },
      /the proxy: nothing listens at 127\.0\.0\.1:1 \(ECONNREFUSED\)/,
    );
  }),
);

tlsTest(
  'a TLS proxy is checked like any other server, and a fault of its certificate is reported as the proxy’s',
  inSystem(async (system) => {
    const certificate = authority(system).issue(BEHIND);
    const { port } = await reverseProxy(system, { certificate });
    const secure = async (name: string) => {
      const proxy = await startConnectProxy({ [BEHIND]: port }, authority(system).issue(name));
      open.push(proxy);
      return proxy.address.replace('127.0.0.1', 'localhost');
    };
    const trust = { SSL_CERT_FILE: authority(system).file };
    const good = await secure('localhost');
    await expectThere(system, `https://${BEHIND}`, { ...trust, HTTPS_PROXY: good });
    const untrusted =
      /the proxy: the certificate of localhost:\d+ is from an authority that this machine does not trust/;
    await expectWords(system, `https://${BEHIND}`, { HTTPS_PROXY: good }, untrusted);
    const other = /the proxy: the certificate of localhost:\d+ is for another name: DNS:other\.test/;
    await expectWords(system, `https://${BEHIND}`, { ...trust, HTTPS_PROXY: await secure('other.test') }, other);
  }),
);

tlsTest(
  'a proxy in front of the coordinator that passes no upgrades is said to be that',
  inSystem(async (system) => {
    const { port } = await reverseProxy(system, { passesUpgrades: false });
    const url = `http://127.0.0.1:${port}`;
    const words = /a proxy in front of the coordinator does not pass WebSocket upgrades on \(HTTP 426\)/;
    const host = await newHost(system, url, {});
    host.agent.start();
    assert.match(await waitFor('why it is not connected', () => reasonOf(host)), words);
    await host.agent.stop();
    assert.match(
      await checkOf(system, host),
      new RegExp(`^FAIL .+ knows this host as .+, but ws.+ does not open: ${words.source}`),
    );
    const { status, err } = await run(system, 'hosts', { SWITCHYARD_SERVER: url });
    assert.is(status, 7);
    assert.match(err, words);
  }),
);

const tokenOf = ({ coordinator }: System): string => readFileSync(coordinator.tokenFile, 'utf8').trim();

test.run();
