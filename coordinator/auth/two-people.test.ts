import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Problem } from '../../shared/api/resources.ts';
import type { Grant } from '../../shared/model/grant.ts';
import type { Rollout } from '../../shared/model/rollout.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp } from '../fixtures/test-app.ts';

let app: TestApp;
test.after.each(() => app.close());

const CONFIG = '[access]\ntwoPeople = true\nstepUp = ["reboot"]';

async function tokenOf(name: string, role: Grant['role'] = 'operator'): Promise<string> {
  const { body } = await app.request('POST', '/api/tokens', { body: { name, grants: [{ role }] } });
  return (body as { token: string }).token;
}
async function rollout(token: string): Promise<string> {
  const body = { steps: [{ op: 'pull' }], hosts: ['web1'], approve: true };
  return ((await app.request('POST', '/api/rollouts', { token, body })).body as { id: string }).id;
}
async function approve(id: string, token: string): Promise<string> {
  const { status, body } = await app.request('POST', `/api/rollouts/${id}/approve`, { token });
  return status === 200 ? 'approved' : `${(body as Problem).code}: ${(body as Problem).detail}`;
}

test('neither its maker nor a token approves a rollout; another person does', async () => {
  app = await startTestApp({ config: CONFIG });
  await app.addHost('web1');
  const [ci, boss] = [await tokenOf('ci'), await tokenOf('boss', 'admin')];
  const ofCi = await rollout(ci);
  assert.match(await approve(ofCi, ci), /^forbidden: approve takes another person than token:ci, who made the rollout/);
  assert.match(await approve(ofCi, boss), /^forbidden: approve takes a person/);
  assert.is(await approve(ofCi, ADMIN_TOKEN), 'approved');
  await app.request('POST', `/api/rollouts/${ofCi}/stop`);
  const ofAdmin = await rollout(ADMIN_TOKEN);
  assert.match(await approve(ofAdmin, ADMIN_TOKEN), /^forbidden: approve takes another person than admin/);
  assert.match(await approve(ofAdmin, boss), /^forbidden: approve takes a person/);
  // The maker may do everything else with it.
  assert.is((await app.request('POST', `/api/rollouts/${ofAdmin}/stop`, { token: boss })).status, 200);
});

test('the person who runs a policy counts as the maker of its rollout', async () => {
  const policy = '[policies.weekly]\ncron = "0 4 * * 1"\ntimezone = "UTC"';
  const plan = 'rollout = { steps = [{ op = "pull" }], hosts = ["web1"], approve = true }';
  app = await startTestApp({ config: `${CONFIG}\n${policy}\n${plan}` });
  await app.addHost('web1');
  const ci = await tokenOf('ci');
  const run = async (token: string): Promise<string> => {
    const { body } = await app.request('POST', '/api/policies/weekly/run', { token });
    return (body as { rolloutId: string }).rolloutId;
  };
  const ofAdmin = await run(ADMIN_TOKEN);
  const { dataDir } = app;
  await app.stop();
  app = await startTestApp({ config: `${CONFIG}\n${policy}\n${plan}`, dataDir });
  assert.match(await approve(ofAdmin, ADMIN_TOKEN), /^forbidden: approve takes another person than admin/);
  const shown = (await app.request('GET', `/api/rollouts/${ofAdmin}`)).body as Rollout;
  assert.equal([shown.createdBy, shown.ranBy], ['policy:weekly', 'admin']);
  await app.request('POST', `/api/rollouts/${ofAdmin}/stop`);
  assert.is(await approve(await run(ci), ADMIN_TOKEN), 'approved');
});

test('whoami gives these rules before a click', async () => {
  app = await startTestApp({ config: CONFIG });
  const { body } = await app.request('GET', '/api/whoami');
  assert.equal(body, {
    actor: 'admin',
    name: null,
    grants: [{ role: 'admin' }],
    expiresAt: null,
    steppedUpUntil: null,
    stepUpOps: ['reboot'],
    twoPeople: true,
  } as never);
});

test('without the setting the maker may approve', async () => {
  app = await startTestApp();
  await app.addHost('web1');
  assert.is(await approve(await rollout(ADMIN_TOKEN), ADMIN_TOKEN), 'approved');
});

test.run();
