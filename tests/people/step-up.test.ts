import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startTestApp } from '../../coordinator/fixtures/test-app.ts';
import { createFakeClock, type FakeClock } from '../../shared/time/fake-clock.ts';
import { type Browser, createBrowser } from './browse.ts';
import { noLies, startForger } from './forger.ts';
import { configFor, openScene, PUBLIC_URL, type Scene } from './scene.ts';

/** Step-ups by a fresh sign-in at the provider. */

const STEP_UP = '/api/oidc/login?stepUp=true';

let clock: FakeClock;
let scene: Scene;
test.before(async () => {
  clock = createFakeClock(Date.now());
  scene = await openScene({ clock });
});
test.after(() => scene.close());

/** A request that always takes a step-up, for something that does not exist. */
const removeHost = async (browser: Browser): Promise<string> => {
  const headers = { cookie: browser.cookies(PUBLIC_URL), 'sec-fetch-site': 'same-origin' };
  const { body } = await scene.app.request('DELETE', '/api/hosts/nobody', { token: null, headers });
  return (body as { code: string }).code;
};

test('a session is stepped up by a fresh sign-in of the same person, for its time', async () => {
  const browser = scene.newBrowser();
  await scene.signIn('ann', browser);
  assert.is(await removeHost(browser), 'step_up_required', 'a sign-in may have asked for nothing');
  const held = scene.provider.refreshTokens();

  const page = await scene.signIn('ann', browser, STEP_UP);
  assert.match(page.text, /You can close this tab/);
  const asked = new URL(browser.visited.findLast((url) => url.startsWith(`${scene.provider.issuer}/auth?`)) ?? '');
  assert.is(asked.searchParams.get('max_age'), '0');
  assert.ok(
    browser.visited.some((url) => url.includes('/interaction/')),
    'the provider asked again',
  );
  assert.is(await removeHost(browser), 'unknown_host');
  assert.is((await scene.whoami(browser))?.steppedUpUntil, clock.now() + 300_000);
  assert.is(scene.provider.refreshTokens(), held, 'it leaves nothing at the provider');
  const told = (await scene.audit()).findLast(({ code }) => code === 'stepped_up');
  assert.equal([told?.actor, told?.message.includes('identity provider')], ['oidc:ann', true]);

  clock.setWall(clock.now() + 300_000);
  assert.is(await removeHost(browser), 'step_up_required');
});

test('another person’s sign-in steps nothing up', async () => {
  const browser = scene.newBrowser();
  await scene.signIn('ann', browser);
  const page = await scene.signIn('bob', browser, STEP_UP);
  assert.is(page.status, 403);
  assert.match(page.text, /another person/);
  assert.is(await removeHost(browser), 'step_up_required');
});

test('a session that ended meanwhile is not brought back', async () => {
  const browser = scene.newBrowser();
  await scene.signIn('ann', browser);
  browser.stopAt = (url) => url.startsWith(`${PUBLIC_URL}/api/oidc/callback`);
  const answer = String((await scene.signIn('ann', browser, STEP_UP)).headers.get('location'));
  browser.stopAt = null;
  await browser.open(`${PUBLIC_URL}/api/oidc/logout`);
  assert.is((await browser.open(answer)).status, 403);
  assert.is(await scene.whoami(browser), null);
});

test('a step-up takes a session of a person, and gives no rights', async () => {
  assert.is((await scene.newBrowser().open(`${PUBLIC_URL}${STEP_UP}`)).status, 403);
  const browser = scene.newBrowser();
  await scene.signIn('bob', browser);
  await scene.signIn('bob', browser, STEP_UP);
  assert.is(await removeHost(browser), 'forbidden');
});

test('a page of another host neither signs a person out nor leads them to a step-up', async () => {
  const browser = scene.newBrowser();
  await scene.signIn('ann', browser);
  const headers = { cookie: browser.cookies(PUBLIC_URL), 'sec-fetch-site': 'same-site' };
  const visit = (path: string) => scene.app.request('GET', path, { token: null, headers });
  assert.is((await visit(STEP_UP)).status, 403);
  assert.is((await visit('/api/oidc/logout')).headers.location, `${PUBLIC_URL}/`);
  assert.is((await scene.whoami(browser))?.actor, 'oidc:ann');
});

test('a provider has to show that the sign-in was fresh', async () => {
  const forger = await startForger();
  const app = await startTestApp({ config: configFor(forger) });
  const browser = createBrowser(app, PUBLIC_URL);
  await browser.open(`${PUBLIC_URL}/api/oidc/login`);
  const now = Math.floor(Date.now() / 1000);
  for (const claims of [{ auth_time: now - 60 }, { auth_time: undefined }, { auth_time: String(now) }]) {
    forger.lies = { ...noLies(), claims };
    assert.is((await browser.open(`${PUBLIC_URL}${STEP_UP}`)).status, 403, JSON.stringify(claims));
  }
  forger.lies = noLies();
  assert.is((await browser.open(`${PUBLIC_URL}${STEP_UP}`)).status, 200);
  await app.close();
  await forger.close();
});

test.run();
