import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DispatchAnswer } from '../../shared/model/dispatch.ts';
import { startTestApp, type TestApp } from '../fixtures/test-app.ts';

let app: TestApp;
test.before.each(async () => {
  app = await startTestApp();
  for (const [name, tag] of [
    ['web1', 'web'],
    ['web2', 'web'],
    ['db1', 'db'],
  ])
    await app.request('POST', '/api/hosts', { body: { name, tags: [tag] } });
});
test.after.each(() => app.close());

const names = async (where: string): Promise<string[]> => {
  const { body } = await app.request('GET', `/api/hosts?where=${encodeURIComponent(where)}`);
  return (body as { items: { name: string }[] }).items.map(({ name }) => name);
};
const meant = async (body: object): Promise<string[]> => {
  const answer = await app.request('POST', '/api/dispatch', { body: { op: 'pull', ...body } });
  return (answer.body as DispatchAnswer).results.map(({ host }) => host).sort();
};

test('the list of hosts has those that fit', async () => {
  assert.equal(await names('tag:web'), ['web1', 'web2']);
  assert.equal(await names('state:offline and not name:web1'), ['db1', 'web2']);
  assert.equal(await names('online'), []);
});

test('a dispatch goes to those that fit, or to those of its hosts and tags that do', async () => {
  assert.equal(await meant({ where: 'tag:web' }), ['web1', 'web2']);
  assert.equal(await meant({ where: 'name:*1', tags: ['web'] }), ['web1']);
  assert.equal(await meant({ where: 'name:*1', hosts: ['db1', 'web2'] }), ['db1']);
});

test("a host's state counts its running command and its attention items", async () => {
  const { token } = (await app.request('POST', '/api/hosts/web1/token')).body as { token: string };
  const agent = await app.connect(token);
  await app.dispatch({ op: 'test', hosts: ['web1'] });
  assert.equal(await names('state:working'), ['web1']);
  const { id } = await agent.next('command.run');
  agent.send('command.rejected', { id, code: 'storage_full', message: 'no' });
  await agent.close();
});

test('a malformed where is refused with its position', async () => {
  for (const [where, position] of [
    ['tag:web and satus:ok', 12],
    ['(online', 7],
  ] as const) {
    const dispatch = await app.request('POST', '/api/dispatch', { body: { op: 'pull', where } });
    const list = await app.request('GET', `/api/hosts?where=${encodeURIComponent(where)}`);
    for (const { status, body } of [dispatch, list]) {
      assert.is(status, 400);
      assert.equal([(body as Problem).code, (body as Problem).position], ['invalid_where', position]);
    }
  }
  const nobody = await app.request('POST', '/api/dispatch', { body: { op: 'pull', where: 'tag:none' } });
  assert.equal([nobody.status, (nobody.body as Problem).code], [400, 'invalid_request']);
});

type Problem = { code: string; position?: number };

test.run();
