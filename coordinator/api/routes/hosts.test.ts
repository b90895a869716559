import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ListPage } from '../../../shared/api/resources.ts';
import { waitFor } from '../../../shared/fixtures/wait-for.ts';
import type { Host } from '../../../shared/model/host.ts';
import { startTestApp, type TestApp } from '../../fixtures/test-app.ts';

let app: TestApp;
test.before.each(async () => {
  app = await startTestApp({ config: '[limits]\nhosts = 6' });
});
test.after.each(() => app.close());

test('a new host is found by id and name, and its token is shown once', async () => {
  const { hostId, token } = await app.addHost('web1');
  const byName = await app.request('GET', '/api/hosts/web1');
  const byId = await app.request('GET', `/api/hosts/${hostId}`);
  assert.equal(byName.body, byId.body);
  assert.not.match(byName.text, token);
  const host = byName.body as Host;
  assert.is(host.id, hostId);
  assert.equal(host.tags, []);
  assert.is(host.online, false);
  assert.is(host.report, null);
});

test('a name is unique, and [limits] hosts holds', async () => {
  await app.addHost('web1');
  const again = await app.request('POST', '/api/hosts', { body: { name: 'web1' } });
  assert.is(again.status, 409);
  assert.is((again.body as { code: string }).code, 'host_exists');
  for (const name of ['b', 'c', 'd', 'e', 'f']) await app.addHost(name);
  const full = await app.request('POST', '/api/hosts', { body: { name: 'g' } });
  assert.is(full.status, 409);
  assert.is((full.body as { code: string }).code, 'limit_reached');
});

test('hosts are listed by name, page by page', async () => {
  for (const name of ['web2', 'Web1', 'db1', 'web10']) await app.addHost(name);
  const names: string[] = [];
  let url = '/api/hosts?limit=2';
  for (let pages = 0; pages < 3; pages += 1) {
    const { items, next } = (await app.request('GET', url)).body as ListPage<Host>;
    names.push(...items.map(({ name }) => name));
    if (next === null) break;
    url = `/api/hosts?limit=2&after=${next}`;
  }
  assert.equal(names, ['Web1', 'db1', 'web10', 'web2']);
});

test('a host can be renamed and tagged; a taken name is refused', async () => {
  const { hostId } = await app.addHost('web1');
  await app.addHost('web2');
  const patched = await app.request('PATCH', '/api/hosts/web1', { body: { name: 'web3', tags: ['eu', 'web'] } });
  assert.is(patched.status, 200);
  const { id, name, tags } = patched.body as Host;
  assert.equal([id, name, tags], [hostId, 'web3', ['eu', 'web']]);
  assert.is((await app.request('PATCH', '/api/hosts/web3', { body: { name: 'web2' } })).status, 409);
  assert.is((await app.request('GET', '/api/hosts/web1')).status, 404);
});

test("an agent's platform, ops, tags, report and metrics are shown", async () => {
  const { token } = await app.addHost('web1');
  const agent = await app.connect(token, { hello: { tags: ['rack1'] } });
  agent.heartbeat({ repoCommit: 'a'.repeat(40) });
  const host = await waitFor('metrics', async () => {
    const now = (await app.request('GET', '/api/hosts/web1')).body as Host;
    return now.metrics && now;
  });
  assert.is(host.online, true);
  assert.is(host.platform, 'custom');
  assert.equal([host.tags, host.claimedTags], [[], ['rack1']]);
  assert.is(host.report?.repoCommit, 'a'.repeat(40));
  assert.equal(host.ops, agent.hello.ops);

  await agent.close();
  const gone = await waitFor('offline', async () => {
    const now = (await app.request('GET', '/api/hosts/web1')).body as Host;
    return !now.online && now;
  });
  assert.is(gone.report?.repoCommit, 'a'.repeat(40), 'what was last known stays');
});

test('a removed host loses its connection, and its commands are still found by its id', async () => {
  const { hostId, token } = await app.addHost('web1');
  const agent = await app.connect(token);
  await app.dispatch({ op: 'pull', hosts: ['web1'] });
  const { id } = await agent.next('command.run');
  assert.is((await app.request('DELETE', '/api/hosts/web1')).status, 204);
  assert.is((await agent.closed).code, 4401);
  const command = await app.command(id);
  assert.equal([command.status, command.code], ['LOST', 'host_removed']);
  const listed = await app.request('GET', `/api/commands?host=${hostId}`);
  assert.equal(
    (listed.body as { items: { id: string }[] }).items.map((one) => one.id),
    [id],
  );
  assert.is((await app.request('GET', `/api/events?host=${hostId}`)).status, 200);
  assert.is((await app.request('GET', '/api/commands?host=web1')).status, 404);
  assert.equal((await app.request('GET', '/api/attention')).body, []);
});

test('a new token ends the connection of the old one', async () => {
  const { token } = await app.addHost('web1');
  const agent = await app.connect(token);
  const { body } = await app.request('POST', '/api/hosts/web1/token');
  assert.is((await agent.closed).code, 4401);
  await app.connect((body as { token: string }).token);
});

test.run();
