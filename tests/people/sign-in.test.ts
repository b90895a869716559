import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startTestApp } from '../../coordinator/fixtures/test-app.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { SessionView } from '../../shared/model/grant.ts';
import { openScene, PUBLIC_URL, type Scene } from './scene.ts';

/** People sign in and out through a real identity provider. */

const LOGIN = `${PUBLIC_URL}/api/oidc/login`;

let scene: Scene;
test.before(async () => {
  scene = await openScene();
});
test.after(() => scene.close());

const isCallback = (url: string): boolean => url.startsWith(`${PUBLIC_URL}/api/oidc/callback`);
const failures = async (): Promise<string[]> =>
  (await scene.audit()).filter(({ code }) => code === 'sign_in_failed').map(({ message }) => message);

test('a person signs in under the provider’s name for them, with the grants of their groups', async () => {
  const { whoami, signIn, newBrowser } = scene;
  const browser = newBrowser();
  const page = await signIn('ann', browser, '/api/oidc/login?return=/hosts/web1%3Fx=1');
  assert.is(page.url, `${PUBLIC_URL}/hosts/web1?x=1`);
  const me = await whoami(browser);
  assert.equal([me?.actor, me?.name], ['oidc:ann', 'Ann Smith']);
  assert.equal(me?.grants, [{ role: 'admin' }]);
  const begun = new URL(browser.visited.find((url) => url.startsWith(`${scene.provider.issuer}/auth?`)) ?? '');
  assert.is(begun.searchParams.get('code_challenge_method'), 'S256');
  for (const sent of ['state', 'nonce', 'code_challenge'])
    assert.match(begun.searchParams.get(sent) ?? '', /^[\w-]{43}$/);
  const told = (await scene.audit()).at(-1);
  assert.equal([told?.code, told?.actor, told?.address], ['signed_in', 'oidc:ann', '127.0.0.1']);
  assert.is(told?.message, 'oidc:ann (Ann Smith) signed in from 127.0.0.1');
});

test('each person has their own grants, and acts under their own name', async () => {
  const browser = scene.newBrowser();
  await scene.signIn('bob', browser);
  assert.equal((await scene.whoami(browser))?.grants, [{ role: 'operator', tags: ['web'] }]);
  const headers = { cookie: browser.cookies(PUBLIC_URL), 'sec-fetch-site': 'same-origin' };
  const asked = await scene.app.request('POST', '/api/hosts', { token: null, headers, body: { name: 'x' } });
  assert.is(asked.status, 403);
  assert.match((asked.body as { detail: string }).detail, /role admin, which oidc:bob lacks/);
  assert.is((await scene.audit()).at(-1)?.actor, 'oidc:bob');
});

test('the cookies are for this coordinator alone, and the flow’s is gone at its end', async () => {
  const browser = scene.newBrowser();
  browser.stopAt = isCallback;
  const stopped = await scene.signIn('ann', browser);
  assert.match(browser.cookies(`${PUBLIC_URL}/api/oidc/callback`), /^switchyard_sign_in=/);
  assert.is(browser.cookies(`${PUBLIC_URL}/api/hosts`), '', 'it is sent nowhere else');
  const answer = await scene.app.server.inject({
    url: String(stopped.headers.get('location')).slice(PUBLIC_URL.length),
    headers: { cookie: browser.cookies(`${PUBLIC_URL}/api/oidc/callback`) },
  });
  const [cleared, session] = [answer.headers['set-cookie'] ?? []].flat();
  assert.match(cleared ?? '', /^switchyard_sign_in=; Max-Age=0; Path=\/api\/oidc; HttpOnly; SameSite=Lax$/);
  assert.match(session ?? '', /^switchyard_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
});

test('a person without a grant gets no session, and leaves nothing at the provider', async () => {
  const browser = scene.newBrowser();
  const held = scene.provider.refreshTokens();
  const page = await scene.signIn('eve', browser);
  assert.is(page.status, 403);
  assert.match(page.text, /no group of Eve \(eve\) has a grant/);
  assert.is(await scene.whoami(browser), null);
  assert.is(scene.provider.refreshTokens(), held);
  assert.match((await failures()).at(-1) ?? '', /no group of Eve \(eve\) has a grant/);
});

test('an answer of the provider opens one session, in the browser that asked', async () => {
  const browser = scene.newBrowser();
  browser.stopAt = isCallback;
  const answer = String((await scene.signIn('ann', browser)).headers.get('location'));
  const cookie = browser.cookies(answer);
  browser.stopAt = null;

  const other = scene.newBrowser();
  assert.is((await other.open(answer)).status, 403, 'no cookie: somebody else’s link');
  await other.open(LOGIN);
  assert.is((await other.open(answer)).status, 403, 'another flow’s cookie');
  assert.is(await scene.whoami(other), null);

  assert.is((await browser.open(answer)).url, `${PUBLIC_URL}/`);
  browser.setCookie(answer, `${cookie}; path=/api/oidc`);
  const replayed = await browser.open(answer);
  assert.is(replayed.status, 403);
  assert.match(replayed.text, /has ended it already/);
});

test('a callback with another state, another issuer, an error or twice the same is refused', async () => {
  const tampered: [string, (url: URL) => void, RegExp][] = [
    ['state', (url) => url.searchParams.set('state', 'x'), /begun no such sign-in/],
    ['no state', (url) => url.searchParams.delete('state'), /begun no such sign-in/],
    ['issuer', (url) => url.searchParams.set('iss', 'https://evil.example'), /"iss"/],
    ['no issuer', (url) => url.searchParams.delete('iss'), /"iss"/],
    ['code', (url) => url.searchParams.set('code', 'x'), /invalid_grant/],
    ['two codes', (url) => url.searchParams.append('code', 'y'), /"code" parameter must be provided only once/],
    ['error', (url) => url.searchParams.set('error', '<b>\u202edenied'), /the provider says <b> denied/],
  ];
  for (const [what, change, words] of tampered) {
    const browser = scene.newBrowser();
    browser.stopAt = isCallback;
    const url = new URL(String((await scene.signIn('ann', browser)).headers.get('location')));
    browser.stopAt = null;
    change(url);
    const page = await browser.open(url.href);
    assert.is(page.status, 403, what);
    assert.match((await failures()).at(-1) ?? '', words, what);
    assert.not.match(page.text, /<b>/, 'no markup of others');
    assert.is(await scene.whoami(browser), null, what);
  }
});

test('a sign-in leads back to a page of the coordinator, whatever its link says', async () => {
  for (const asked of ['https://evil.example/', '//evil.example', '/\\evil.example', '/x\r\nset-cookie: a=b']) {
    const page = await scene.signIn('ann', scene.newBrowser(), `/api/oidc/login?return=${encodeURIComponent(asked)}`);
    assert.is(new URL(page.url).origin, PUBLIC_URL, asked);
    assert.not.match(page.headers.getSetCookie().join(), /a=b/);
  }
});

test('signing out ends the session, here and at the provider, and its refresh token', async () => {
  const browser = scene.newBrowser();
  await scene.signIn('ann', browser);
  const held = scene.provider.refreshTokens();
  const cookie = browser.cookies(`${PUBLIC_URL}/`);
  browser.stopAt = (url) => url.startsWith(`${scene.provider.issuer}/session/end`);
  const leaving = new URL(String((await browser.open(`${PUBLIC_URL}/api/oidc/logout`)).headers.get('location')));
  assert.is(leaving.searchParams.get('post_logout_redirect_uri'), `${PUBLIC_URL}/`);
  assert.match(leaving.searchParams.get('id_token_hint') ?? '', /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.is(browser.cookies(`${PUBLIC_URL}/`), '');
  const copy = await scene.app.request('GET', '/api/whoami', { token: null, headers: { cookie } });
  assert.is(copy.status, 401);
  browser.stopAt = null;
  const page = await browser.submit(await browser.open(leaving.href), { logout: 'yes' });
  assert.is(page.url, `${PUBLIC_URL}/`);
  assert.ok(scene.provider.refreshTokens() < held);
  const codes = (await scene.audit()).slice(-2).map(({ code }) => code);
  assert.equal(codes, ['signed_out', 'request_refused'], 'the copy of the cookie was refused');
});

test('sessions of people are listed with their names, and an admin ends them', async () => {
  const browser = scene.newBrowser();
  await scene.signIn('bob', browser);
  const { body } = await scene.app.request('GET', '/api/sessions');
  const session = (body as SessionView[]).findLast(({ actor }) => actor === 'oidc:bob');
  assert.is(session?.name, 'Bob');
  assert.is((await scene.app.request('DELETE', `/api/sessions/${session?.id}`)).status, 204);
  assert.is((await scene.whoami(browser))?.actor, undefined);
});

test('the stored form of a session opens nothing, here or at the provider', async () => {
  await scene.signIn('ann', scene.newBrowser());
  const rows = JSON.stringify(scene.app.store.signIns.list());
  assert.match(rows, /"sealed":"[\w-]{100,}"/);
  // A sealed text may contain these letters by chance.
  assert.not.match(
    rows + scene.app.logged.join('\n'),
    /(?<![\w-])eyJ[\w-]{20,}|refresh_token|the-secret-of-the-client/,
  );
});

test('while the provider is away sign-ins say so and the admin token works; sign-ins then resume by themselves', async () => {
  await scene.restart();
  await scene.provider.leave();
  const browser = scene.newBrowser();
  const page = await browser.open(LOGIN);
  assert.is(page.status, 503);
  assert.match(page.text, /nothing listens at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/);
  assert.match(page.text, /The admin token still signs in/);
  assert.is((await scene.app.request('GET', '/api/hosts')).status, 200);
  await scene.provider.comeBack();
  await waitFor(
    'the provider to be asked again',
    async () => (await scene.signIn('ann', browser)).status === 200 || (await scene.whoami(browser)) !== null,
  );
  assert.is((await scene.whoami(browser))?.actor, 'oidc:ann');
});

test('without a provider in CONFIG there is nothing to sign in with', async () => {
  const app = await startTestApp();
  assert.equal((await app.request('GET', '/api/oidc', { token: null })).body, { issuer: null });
  for (const path of ['login', 'callback', 'logout'])
    assert.is((await app.request('GET', `/api/oidc/${path}`, { token: null })).status, 404);
  await app.close();
});

test.run();
