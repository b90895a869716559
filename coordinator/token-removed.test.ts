import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import type { Command } from '../shared/model/command.ts';
import type { Event } from '../shared/model/event.ts';
import type { RolloutRequest } from '../shared/model/rollout.ts';
import { createDisk } from './fixtures/disk.ts';
import { startTestApp, type TestApp } from './fixtures/test-app.ts';

let app: TestApp;
test.after.each(() => app.close());

async function tokenOf(name: string): Promise<string> {
  const { body } = await app.request('POST', '/api/tokens', { body: { name, grants: [{ role: 'operator' }] } });
  return (body as { token: string }).token;
}
async function queue(token: string, host: string): Promise<string> {
  const body = { op: 'pull', hosts: [host], queueMs: 60_000 };
  const answer = await app.request('POST', '/api/dispatch', { token, body });
  return (answer.body as { results: { commandId: string }[] }).results[0]?.commandId ?? '';
}
async function rollout(token: string, host: string, plan: Partial<RolloutRequest>): Promise<string> {
  const body = { steps: [{ op: 'pull' }], hosts: [host], ...plan };
  return ((await app.request('POST', '/api/rollouts', { token, body })).body as { id: string }).id;
}
const statusOf = async (id: string) => (await app.command(id)).status;
const rolloutStatus = async (id: string): Promise<string> =>
  ((await app.request('GET', `/api/rollouts/${id}`)).body as { status: string }).status;

test('a removed token takes only its requests that have not begun', async () => {
  app = await startTestApp();
  const [ci, other] = [await tokenOf('ci'), await tokenOf('other')];
  for (const host of ['web1', 'web2', 'web3', 'web5']) await app.addHost(host);
  const busy = await app.connect((await app.addHost('web4')).token);
  await app.dispatch({ op: 'pull', hosts: ['web4'] });
  await busy.next('command.run');
  const gone = await queue(ci, 'web1');
  const stays = await queue(other, 'web2');
  const unbegun = await rollout(ci, 'web3', { approve: true });
  const begun = await rollout(ci, 'web4', {});
  const others = await rollout(other, 'web5', { approve: true });
  assert.equal([await statusOf(gone), await rolloutStatus(unbegun)], ['QUEUED', 'AWAITING_APPROVAL']);
  const ofBegun = await waitFor('the command of the rollout, behind another one', async () => {
    const { items } = (await app.request('GET', '/api/commands?host=web4&status=QUEUED')).body as { items: Command[] };
    return items[0];
  });

  assert.is((await app.request('DELETE', '/api/tokens/ci')).status, 204);
  assert.equal([await statusOf(gone), await statusOf(stays)], ['CANCELLED', 'QUEUED']);
  assert.equal([await rolloutStatus(unbegun), await rolloutStatus(others)], ['STOPPED', 'AWAITING_APPROVAL']);
  assert.equal([await rolloutStatus(begun), await statusOf(ofBegun.id)], ['RUNNING', 'QUEUED'], 'it has begun');
  const { items } = (await app.request('GET', '/api/events?limit=500')).body as { items: Event[] };
  assert.equal(
    items.filter(({ code }) => code === 'revoked').map(({ message }) => message),
    ['token:ci is gone: 1 of its waiting commands were cancelled, 1 of its rollouts stopped before they began'],
  );
});

test('a removed token takes its rollouts that no host has begun, even running ones', async () => {
  app = await startTestApp();
  const [ci, other] = [await tokenOf('ci'), await tokenOf('other')];
  for (const host of ['web1', 'web2', 'web3']) await app.addHost(host);
  const waits = { waves: [{ count: 1, approve: true }] };
  const made = await rollout(ci, 'web1', waits);
  const approved = await rollout(other, 'web2', { approve: true, ...waits });
  const others = await rollout(other, 'web3', waits);
  assert.is((await app.request('POST', `/api/rollouts/${approved}/approve`, { token: ci, body: {} })).status, 200);
  assert.equal([await rolloutStatus(made), await rolloutStatus(approved)], ['RUNNING', 'RUNNING']);
  assert.is((await app.request('DELETE', '/api/tokens/ci')).status, 204);
  assert.equal(
    [await rolloutStatus(made), await rolloutStatus(approved), await rolloutStatus(others)],
    ['STOPPED', 'STOPPED', 'RUNNING'],
  );
});

test('a token that could not be removed keeps its requests', async () => {
  const disk = createDisk();
  app = await startTestApp({ store: disk.under });
  const ci = await tokenOf('ci');
  await app.addHost('web1');
  const queued = await queue(ci, 'web1');
  disk.full = true;
  assert.is((await app.request('DELETE', '/api/tokens/ci')).status, 503);
  disk.full = false;
  assert.is(await statusOf(queued), 'QUEUED');
});

test.run();
