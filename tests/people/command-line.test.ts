import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { SessionView, WhoAmI } from '../../shared/model/grant.ts';
import { type Ended, MAIN, watchChild } from '../cli/fixtures/command-line.ts';
import { type Coordinator, startCoordinator } from '../harness/coordinator.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';
import { baseEnv } from '../harness/system.ts';
import { createBrowser, passProvider } from './browse.ts';
import { startProvider, type TestProvider } from './provider.ts';
import { configFor, PUBLIC_URL } from './scene.ts';

/** `switchyard login` and related verbs: the real program, coordinator and provider. */

const dir = makeFolder('switchyard-login-');
let provider: TestProvider;
let coordinator: Coordinator;
test.before(async () => {
  provider = await startProvider({ publicUrl: PUBLIC_URL });
  provider.accounts.set('ann', { name: 'Ann Smith', groups: ['sre'] });
  provider.accounts.set('eve', { name: 'Eve', groups: [] });
  coordinator = await startCoordinator({ dir, env: baseEnv(dir), config: configFor(provider) });
});
test.after(async () => {
  await coordinator.stop();
  await provider.close();
  await clearFolder(dir);
});

const HOME = join(dir, 'home');
const CONTEXTS = join(HOME, '.config', 'switchyard', 'contexts.toml');

/** A person's shell: nothing in its environment names a coordinator. */
function start(line: string, { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {}) {
  const child = spawn(process.execPath, [MAIN, ...line.split(' ')], {
    env: { PATH: process.env.PATH ?? '', HOME, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  return watchChild(child);
}
const run = (line: string, options?: Parameters<typeof start>[1]): Promise<Ended> => start(line, options).ended;
const adminToken = () => readFileSync(coordinator.tokenFile, 'utf8').trim();

/** Signs in with the code that the program shows, in a browser. */
async function enterCode(shown: () => string, login: string): Promise<void> {
  const [, url = ''] = await waitFor('the address', () => /Open (\S+) and sign in/.exec(shown()) ?? undefined);
  const browser = createBrowser(null, PUBLIC_URL);
  const confirmed = await browser.submit(await browser.open(url), {});
  await passProvider(browser, await browser.submit(confirmed, {}), login);
}

test('a person signs in with a code, is who the provider says, and signs out', async () => {
  const login = start(`login ${coordinator.address}`);
  await enterCode(() => login.soFar.err, 'ann');
  const { status, err, out } = await login.ended;
  assert.equal([status, out], [0, ''], err);
  assert.match(err, /You are oidc:ann \(Ann Smith\) at http:\/\/127\.0\.0\.1:\d+, until /);
  assert.is(statSync(CONTEXTS).mode & 0o777, 0o600);

  const who: WhoAmI = JSON.parse((await run('whoami --json')).out);
  assert.equal([who.actor, who.name, who.grants], ['oidc:ann', 'Ann Smith', [{ role: 'admin' }]]);
  const sessions: SessionView[] = JSON.parse((await run('session list --json')).out);
  assert.equal(
    sessions.filter(({ current }) => current).map(({ actor }) => actor),
    ['oidc:ann'],
  );
  assert.is((await run('host add web1')).status, 0);
  const refused = await run('host rm web1 --yes');
  assert.is(refused.status, 4);
  assert.match(refused.err, /takes a step-up: run switchyard login --again/);

  const [, token = ''] = /token = "([^"]+)"/.exec(readFileSync(CONTEXTS, 'utf8')) ?? [];
  assert.not.match(token, /^eyJ/, 'it is no token of the provider’s');
  const asCookie = await fetch(`${coordinator.address}/api/whoami`, {
    headers: { cookie: `switchyard_session=${token}` },
  });
  assert.is(asCookie.status, 401, 'it is no cookie either');
  const logout = await run('logout');
  assert.match(logout.err, /The session has ended/, logout.err);
  const after = await fetch(`${coordinator.address}/api/whoami`, { headers: { authorization: `Bearer ${token}` } });
  assert.is(after.status, 401);
  assert.match((await run('whoami')).err, /is missing.*switchyard login/);
});

test('a person steps up the session of a command line with a fresh sign-in in any browser, and nobody else does', async () => {
  provider.accounts.set('bob', { name: 'Bob', groups: ['sre'] });
  const login = start('login');
  await enterCode(() => login.soFar.err, 'ann');
  assert.is((await login.ended).status, 0);
  assert.is((await run('host add web2')).status, 0);

  /** Opens the link in a new browser, and goes through the provider there. */
  const prove = async (shown: () => string, who: string): Promise<string> => {
    const [, url = ''] = await waitFor('the link', () => /Open (\S+) and sign in again/.exec(shown()) ?? undefined);
    const browser = createBrowser(coordinator, PUBLIC_URL);
    const page = await browser.open(url);
    assert.match(page.text, /It is signed in as Ann Smith, and asks from 127\.0\.0\.1\. Go on only if/);
    const [, onward = ''] = /<a href="([^"]+)"/.exec(page.text) ?? [];
    return (await passProvider(browser, await browser.open(onward.replaceAll('&amp;', '&')), who)).text;
  };
  const again = start('login --again');
  assert.match(await prove(() => again.soFar.err, 'bob'), /another person/);
  assert.is((await run('host rm web2 --yes')).status, 4);
  assert.match(await prove(() => again.soFar.err, 'ann'), /You can close this tab/);
  const { status, err } = await again.ended;
  assert.is(status, 0, err);
  assert.match(err, /oidc:ann \(Ann Smith\) has stepped up, until /);
  assert.is((await run('host rm web2 --yes')).status, 0);
  assert.is((await run('login --again --token')).status, 2);
  await run('logout');
});

test('a made-up link leads to no provider, and a program gets no link', async () => {
  const link = `${coordinator.address}/api/oidc/step-up`;
  assert.is((await fetch(`${link}?session=made-up`, { redirect: 'manual' })).status, 403);
  const headers = { authorization: `Bearer ${adminToken()}` };
  const made = await fetch(link, { method: 'POST', headers });
  assert.equal([made.status, ((await made.json()) as { code: string }).code], [403, 'step_up_required']);
  assert.is((await fetch(link, { method: 'POST' })).status, 401);
});

test('a person without a grant, and an unknown sign-in, get nothing', async () => {
  const login = start('login');
  await enterCode(() => login.soFar.err, 'eve');
  const { status, err } = await login.ended;
  assert.is(status, 4);
  assert.match(err, /sign_in_refused: no group of eve has a grant/);
  const asked = await fetch(`${coordinator.address}/api/oidc/device/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ signIn: 'made up' }),
  });
  assert.is(asked.status, 403);
});

test('several coordinators have names, and a token goes to its own alone', async () => {
  assert.is((await run(`login ${coordinator.address} --token --name lab`, { input: `${adminToken()}\n` })).status, 0);
  assert.is((await run('context add prod https://fleet.example.com')).status, 0);
  const known: { name: string; current: boolean; signedIn: boolean }[] = JSON.parse(
    (await run('context list --json')).out,
  );
  assert.equal(known.filter(({ name }) => name !== 'lab' && name !== 'prod').length + 2, known.length);
  assert.equal(
    known.filter(({ current }) => current).map(({ name, signedIn }) => [name, signedIn]),
    [['lab', true]],
  );
  assert.match((await run('whoami')).out, /^admin at /);
  assert.is((await run('context use prod')).status, 0);
  assert.is((await run('whoami')).status, 2, 'nobody has signed in there');
  const elsewhere = { SWITCHYARD_SERVER: 'http://127.0.0.1:9' };
  assert.match((await run('whoami', { env: elsewhere })).err, /SWITCHYARD_API_TOKEN is missing/);
  assert.match((await run('context use nowhere')).err, /there is no context nowhere; there are .*prod/);
  await run('context use lab');
  assert.is((await run('context remove lab')).status, 0);
  assert.not.match(readFileSync(CONTEXTS, 'utf8'), new RegExp(adminToken()));
});

test('a token in the environment wins over a sign-in, which says so', async () => {
  const env = { SWITCHYARD_API_TOKEN: adminToken() };
  const { err } = await run(`login ${coordinator.address} --token --name lab`, { env, input: `${adminToken()}\n` });
  assert.match(err, /SWITCHYARD_API_TOKEN is set and overrides this sign-in/);
  assert.match((await run('logout', { env })).err, /the token comes from the environment/);
  await run('context remove lab');
});

test('a token that the coordinator does not know is not kept', async () => {
  const before = readFileSync(CONTEXTS, 'utf8');
  const { status, err } = await run(`login ${coordinator.address} --token`, { input: 'not-a-token\n' });
  assert.equal([status, readFileSync(CONTEXTS, 'utf8')], [4, before], err);
  assert.is((await run(`login ${coordinator.address} --token`)).status, 2, 'nothing on stdin');
});

test('doctor says line by line what is in the way, and what to do', async () => {
  const env = { SWITCHYARD_SERVER: coordinator.address, SWITCHYARD_API_TOKEN: adminToken() };
  await run('host add never', { env });
  const { status, out } = await run('doctor', { env });
  assert.is(status, 0);
  for (const line of [
    /^ok {4}server: http:\/\/127\.0\.0\.1:\d+ \(SWITCHYARD_SERVER\) answers$/m,
    /^ok {4}version: both are \d/m,
    /^ok {4}clock: /m,
    /^warn {2}token: you are admin, admin\. Keep the admin token for emergencies/m,
    /^warn {2}target: none is configured/m,
    /^warn {2}hosts: \d of \d never had an agent: .*never.*Install it there/m,
  ])
    assert.match(out, line);
  const bad = await run('doctor --json', { env: { ...env, SWITCHYARD_API_TOKEN: 'wrong' } });
  const findings: { check: string; level: string }[] = JSON.parse(bad.out);
  assert.equal([bad.status, findings.at(-1)?.check, findings.at(-1)?.level], [1, 'token', 'fail']);
  const none = await run('doctor', { env: { SWITCHYARD_SERVER: 'http://127.0.0.1:9' } });
  assert.is(none.status, 1);
  assert.match(none.out, /^fail {2}server: cannot reach .*Is the address right/m);
});

test('doctor has a line for each of several coordinators: which one leads, and which does not answer', async () => {
  let refusal = JSON.stringify({ code: 'standby', detail: 'This coordinator stands by', leader: null });
  const standby = createServer((_request, response) =>
    response.writeHead(503, { 'content-type': 'application/problem+json' }).end(refusal),
  );
  await once(standby.listen(0, '127.0.0.1'), 'listening');
  const standsBy = `http://127.0.0.1:${(standby.address() as AddressInfo).port}`;
  const env = {
    SWITCHYARD_SERVER: `http://127.0.0.1:9,${standsBy},${coordinator.address}`,
    SWITCHYARD_API_TOKEN: adminToken(),
  };
  const { status, out } = await run('doctor', { env });
  refusal = '';
  const empty = await run('doctor', { env });
  standby.close();
  assert.is(empty.status, 0, empty.err);
  assert.match(empty.out, `warn  server: ${standsBy} (SWITCHYARD_SERVER) does not lead: HTTP 503`);
  assert.is(status, 0, out);
  assert.match(out, `ok    server: ${standsBy} (SWITCHYARD_SERVER) stands by\n`);
  assert.match(out, /^warn {2}server: cannot reach http:\/\/127\.0\.0\.1:9 \(SWITCHYARD_SERVER\): nothing listens/m);
  assert.match(out, `ok    server: ${coordinator.address} (SWITCHYARD_SERVER) leads\n`);
  const none = await run('doctor', { env: { ...env, SWITCHYARD_SERVER: 'http://127.0.0.1:9,http://127.0.0.1:10' } });
  assert.is(none.status, 1);
  assert.equal(none.out.match(/^fail {2}server: cannot reach http:\/\/127\.0\.0\.1:\d+/gm), [
    'fail  server: cannot reach http://127.0.0.1:9',
    'fail  server: cannot reach http://127.0.0.1:10',
  ]);
});

test.run();
