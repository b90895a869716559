import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADMIN_TOKEN } from '../../coordinator/fixtures/test-app.ts';
import type { Problem } from '../../shared/api/resources.ts';
import type { Rollout } from '../../shared/model/rollout.ts';
import type { Browser } from './browse.ts';
import { openScene, PUBLIC_URL, type Scene } from './scene.ts';

/** `[access] twoPeople` among people who sign in. */

let scene: Scene;
let ann: Browser;
let bob: Browser;
const PLAN = 'rollout = { steps = [{ op = "pull" }], hosts = ["web1"], approve = true }';
test.before(async () => {
  const policy = `[policies.weekly]\ncron = "0 4 * * 1"\ntimezone = "UTC"\n${PLAN}`;
  scene = await openScene({ more: `twoPeople = true\n${policy}` });
  await scene.app.addHost('web1');
  await scene.app.request('PATCH', '/api/hosts/web1', { body: { tags: ['web'] } });
  [ann, bob] = [scene.newBrowser(), scene.newBrowser()];
  await scene.signIn('ann', ann);
  await scene.signIn('bob', bob);
});
test.after(() => scene.close());

const ask = (browser: Browser, url: string, body?: object) =>
  scene.app.request('POST', url, {
    token: null,
    headers: { cookie: browser.cookies(PUBLIC_URL), 'sec-fetch-site': 'same-origin' },
    ...(body && { body }),
  });
const approval = async (browser: Browser, id: string): Promise<string> => {
  const { status, body } = await ask(browser, `/api/rollouts/${id}/approve`);
  return status === 200 ? 'approved' : `${(body as Problem).code}: ${(body as Problem).detail}`;
};
const rolloutOf = async (id: string): Promise<Rollout> => (await scene.app.request('GET', `/api/rollouts/${id}`)).body;

async function tokenOfAnn(): Promise<string> {
  await scene.signIn('ann', ann, '/api/oidc/login?stepUp=true');
  const made = await ask(ann, '/api/tokens', { name: 'ci', grants: [{ role: 'operator' }] });
  assert.is(made.status, 201, made.text);
  return (made.body as { token: string }).token;
}

test('a token’s rollout counts as its maker’s, and so does the rollout of a policy that the token ran', async () => {
  const token = await tokenOfAnn();
  const body = { steps: [{ op: 'pull' }], hosts: ['web1'], approve: true };
  const { id } = (await scene.app.request('POST', '/api/rollouts', { token, body })).body as Rollout;
  const { createdBy, tokenOf } = await rolloutOf(id);
  assert.equal([createdBy, tokenOf], ['token:ci', 'oidc:ann']);
  assert.match(await approval(ann, id), /^forbidden: approve takes another person than oidc:ann/);
  // The rollout keeps the maker, whatever becomes of the token.
  await scene.restart();
  assert.match(await approval(ann, id), /^forbidden: approve takes another person than oidc:ann/);
  assert.is(await approval(bob, id), 'approved');
  await scene.app.request('POST', `/api/rollouts/${id}/stop`);

  const ran = await scene.app.request('POST', '/api/policies/weekly/run', { token });
  const { rolloutId } = ran.body as { rolloutId: string };
  assert.equal((await rolloutOf(rolloutId)).tokenOf, 'oidc:ann');
  assert.match(await approval(ann, rolloutId), /^forbidden: approve takes another person than oidc:ann/);
  assert.is(await approval(bob, rolloutId), 'approved');
  await scene.app.request('POST', `/api/rollouts/${rolloutId}/stop`);
});

test('anyone may approve the rollout of a token whose maker does not sign in', async () => {
  const made = await scene.app.request('POST', '/api/tokens', {
    body: { name: 'nightly', grants: [{ role: 'operator' }] },
    token: ADMIN_TOKEN,
  });
  const { token } = made.body as { token: string };
  const body = { steps: [{ op: 'pull' }], hosts: ['web1'], approve: true };
  const { id } = (await scene.app.request('POST', '/api/rollouts', { token, body })).body as Rollout;
  assert.is((await rolloutOf(id)).tokenOf, undefined);
  assert.is(await approval(ann, id), 'approved');
});

test.run();
