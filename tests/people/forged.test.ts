import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startTestApp, type TestApp } from '../../coordinator/fixtures/test-app.ts';
import type { WhoAmI } from '../../shared/model/grant.ts';
import { createBrowser, type Visited } from './browse.ts';
import { type Forger, type Lies, noLies, startForger } from './forger.ts';
import { configFor, PUBLIC_URL } from './scene.ts';

/** Answers of a provider, or of somebody in its place, that are not believed. */

let forger: Forger;
let app: TestApp;
test.before(async () => {
  forger = await startForger();
  app = await startTestApp({ config: configFor(forger) });
});
test.before.each(() => {
  forger.lies = noLies();
});
test.after(async () => {
  await app.close();
  await forger.close();
});

async function signIn(lies: Partial<Lies> = {}): Promise<{ page: Visited; who: WhoAmI | null; why: string }> {
  Object.assign(forger.lies, noLies(), lies);
  const browser = createBrowser(app, PUBLIC_URL);
  const page = await browser.open(`${PUBLIC_URL}/api/oidc/login`);
  const headers = { cookie: browser.cookies(PUBLIC_URL) };
  const answer = await app.request('GET', '/api/whoami', { token: null, headers });
  // The events report it too, for a few failures a minute.
  const why = page.text.replaceAll('&quot;', '"');
  return { page, who: answer.status === 200 ? answer.body : null, why };
}
/** A coordinator that has not asked this provider yet. */
async function freshly<Result>(run: () => Promise<Result>): Promise<Result> {
  await app.close();
  app = await startTestApp({ config: configFor(forger) });
  return run();
}

const now = (): number => Math.floor(Date.now() / 1000);

test('an honest answer is believed', async () => {
  const { who } = await signIn();
  assert.equal([who?.actor, who?.grants], ['oidc:ann', [{ role: 'admin' }]]);
});

const FORGED: [title: string, lies: () => Partial<Lies>, why: RegExp][] = [
  ['of another issuer', () => ({ claims: { iss: 'https://evil.example' } }), /"iss"/],
  ['without an issuer', () => ({ claims: { iss: undefined } }), /"iss"/],
  ['for another client', () => ({ claims: { aud: 'other' } }), /"aud"/],
  ['for several clients, by another', () => ({ claims: { aud: ['switchyard', 'other'], azp: 'other' } }), /"azp"/],
  ['without an audience', () => ({ claims: { aud: undefined } }), /"aud"/],
  ['with another nonce', () => ({ claims: { nonce: 'x' } }), /"nonce"/],
  ['without a nonce', () => ({ claims: { nonce: undefined } }), /"nonce"/],
  ['that has expired', () => ({ claims: { iat: now() - 600, exp: now() - 31 } }), /"exp"/],
  ['without an end', () => ({ claims: { exp: undefined } }), /"exp"/],
  ['that is not valid yet', () => ({ claims: { nbf: now() + 120 } }), /"nbf"/],
  ['with the signature of another key', () => ({ signsWithOther: true }), /signature verification failed/],
  ['without a signature', () => ({ header: { alg: 'none' } }), /"alg"/],
  ['signed with the client’s secret', () => ({ header: { alg: 'HS256' } }), /"alg"/],
  ['of a key that nobody knows', () => ({ header: { kid: 'other' } }), /no applicable keys found/],
  ['that is missing', () => ({ token: { id_token: undefined } }), /"id_token"/],
  ['that is no token', () => ({ token: { id_token: 'x.y.z' } }), /./],
  ['of nobody', () => ({ claims: { sub: '' } }), /subject \(sub\)/],
  ['of a number', () => ({ claims: { sub: 7 } }), /"sub"/],
  ['of a name that is no line', () => ({ claims: { sub: 'ann\nadmin' } }), /subject \(sub\)/],
  ['of a name that looks like another', () => ({ claims: { sub: 'аnn' } }), /subject \(sub\)/],
  ['with groups that are no list', () => ({ claims: { groups: { sre: true } } }), /groups is not a list of texts/],
  ['with groups of groups', () => ({ claims: { groups: [['sre']] } }), /groups is not a list of texts/],
];
for (const [title, lies, words] of FORGED)
  test(`an ID token ${title} opens nothing`, async () => {
    const { page, who, why } = await signIn(lies());
    assert.is(page.status, 403, page.text);
    assert.is(who, null);
    assert.match(why, words);
  });

test('clocks may be half a minute apart', async () => {
  assert.is((await signIn({ claims: { exp: now() - 20 } })).who?.actor, 'oidc:ann');
  assert.is((await signIn({ claims: { nbf: now() + 20, iat: now() + 20 } })).who?.actor, 'oidc:ann');
});

test('a key that the provider has just changed to is known at once, and the former one no longer', async () => {
  await signIn();
  forger.rotateKey();
  assert.is((await signIn()).who?.actor, 'oidc:ann');
  assert.is((await signIn({ header: { kid: 'key-1' } })).who, null);
});

test('an odd subject is a name like any other', async () => {
  for (const sub of ['admin', 'token:ci', '../../x', "a'b<c>&d", 'uid=ann smith,ou=people', 'A'.repeat(255)]) {
    const { who } = await signIn({ claims: { sub } });
    assert.is(who?.actor, `oidc:${sub}`);
  }
});

test('thousands of claims and groups are cut to what CONFIG names', async () => {
  const groups = Array.from({ length: 20_000 }, (_, at) => `group-${at}`);
  const { who } = await signIn({ claims: { groups: [...groups, 'staff'], name: 'x'.repeat(50_000) } });
  assert.equal([who?.grants, who?.name?.length], [[{ role: 'viewer' }], 100]);
  const [row] = app.store.signIns.list().slice(-1);
  assert.equal(row?.person?.groups, ['staff']);
  assert.ok((row?.person?.sealed.length ?? 0) < 2_000, 'a token of that size is not kept');
});

test('an answer of more than 1 MiB, a page, and a proxy’s error are refused', async () => {
  const big = await signIn({ token: { more: 'x'.repeat(1024 * 1024) } });
  assert.equal([big.page.status, big.who], [503, null]);
  assert.match(big.why, /answers with more than 1 MiB/);
  for (const [status, type] of [
    [502, 'text/html'],
    [200, 'text/html'],
  ] as const) {
    const { page } = await freshly(() => signIn({ garbage: { status, type, text: '<html>' } }));
    assert.is(page.status, 503, `${status} ${type}: ${page.text}`);
  }
  for (const text of ['null', '[]', '{}', '{"issuer":7}', '{"issuer":"x"}', 'x']) {
    const { page } = await freshly(() => signIn({ garbage: { status: 200, type: 'application/json', text } }));
    assert.is(page.status, 503, text);
  }
});

test('a provider that names another issuer is not used', async () => {
  const { page } = await freshly(() => signIn({ discovery: { issuer: 'https://evil.example' } }));
  assert.match(page.text, /does not match the expected issuer/);
});

test('another provider’s answer is refused if the provider names itself in its own', async () => {
  const mixed = { discovery: { authorization_response_iss_parameter_supported: true } };
  const { who, why } = await freshly(() => signIn({ ...mixed, callback: { iss: 'https://evil.example' } }));
  assert.is(who, null);
  assert.match(why, /"iss"/);
  assert.is((await signIn({ ...mixed, callback: { iss: forger.issuer } })).who?.actor, 'oidc:ann');
});

test('no provider sends a browser unencrypted to another machine', async () => {
  const discovery = { token_endpoint: 'http://192.0.2.1/token' };
  const { who, why } = await freshly(() => signIn({ discovery }));
  assert.is(who, null);
  assert.match(why, /http:\/\/192\.0\.2\.1 is not https:\/\//);
});

test('userinfo about another person is refused', async () => {
  const discovery = { userinfo_endpoint: `${forger.issuer}/userinfo` };
  const { who, why } = await freshly(() => signIn({ discovery, userinfo: { sub: 'bob', groups: ['sre'] } }));
  assert.is(who, null);
  assert.match(why, /"sub"/);
  const newer = await signIn({ discovery, userinfo: { groups: ['staff'] } });
  assert.equal(newer.who?.grants, [{ role: 'viewer' }], 'its groups are the newer ones');
});

test.run();
