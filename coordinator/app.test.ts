import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommandView } from '../shared/api/resources.ts';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import { createDisk } from './fixtures/disk.ts';
import type { FakeAgent } from './fixtures/fake-agent.ts';
import { startTestApp, type TestApp } from './fixtures/test-app.ts';

let app: TestApp;
test.before.each(async () => {
  app = await startTestApp();
});
test.after.each(() => app.close());

const COMMIT = 'c'.repeat(40);

async function online(name = 'web1'): Promise<FakeAgent> {
  const { token } = await app.addHost(name);
  return app.connect(token);
}

test('a command goes from its dispatch to its verified end', async () => {
  const agent = await online();
  const answer = await app.dispatch({ op: 'pull', hosts: ['web1'] });
  assert.equal(answer.summary, { accepted: 1, queued: 0, blocked: 0 });
  assert.is(answer.results[0]?.status, 'PENDING');

  const { id, op, notAfter } = await agent.next('command.run');
  assert.equal([id, op], [answer.results[0]?.commandId, 'pull']);
  assert.ok(notAfter > Date.now());
  agent.send('command.accepted', { id });
  agent.send('command.started', { id, pid: 4121, startedAt: Date.now() });
  agent.send('command.progress', { id, phase: 'fetch', current: 1, total: 2 });
  agent.output(id, 0, 'fetching\n');
  assert.equal(await agent.next('command.output.ack'), { id, offset: 9 });
  const running = await app.command(id);
  assert.equal([running.status, running.pid, running.progress?.phase], ['EXECUTING', 4121, 'fetch']);
  assert.equal(running.output, { bytes: 9, total: 9, truncated: false });

  const at = Date.now();
  agent.send('command.exited', {
    id,
    exitCode: 0,
    signal: null,
    lost: false,
    startedAt: at,
    endedAt: at,
    outputBytes: 9,
    evidence: { fetchedCommit: COMMIT },
  });
  assert.equal(await agent.next('command.exited.ack'), { id });
  assert.is((await app.command(id)).status, 'AWAITING_POST_CHECK');
  agent.heartbeat({ repoCommit: COMMIT });
  agent.heartbeat({ repoCommit: COMMIT, afterCommand: id });

  const ended = await waitFor('SUCCESS', async () => {
    const { body } = await app.request('GET', `/api/commands/${id}`);
    const command = body as CommandView;
    return command.status === 'SUCCESS' && command;
  });
  assert.equal(
    ended.history.map(({ from, to }) => [from, to]),
    [
      [null, 'PENDING'],
      ['PENDING', 'EXECUTING'],
      ['EXECUTING', 'AWAITING_POST_CHECK'],
      ['AWAITING_POST_CHECK', 'SUCCESS'],
    ],
  );
  assert.equal([ended.exitCode, ended.code, ended.requestedBy], [0, null, 'admin']);
  assert.is(ended.after?.repoCommit, COMMIT);
  assert.is((await app.request('GET', `/api/commands/${id}/output`)).text, 'fetching\n');
  const { items } = (await app.request('GET', `/api/events?command=${id}`)).body as { items: { level: string }[] };
  assert.is(items.at(-1)?.level, 'success');
});

test('an offline host blocks with 422, a busy one with 409, each with its own command', async () => {
  await app.addHost('gone');
  const offline = await app.request('POST', '/api/dispatch', { body: { op: 'pull', hosts: ['gone'] } });
  assert.is(offline.status, 422);
  const [blocked] = (offline.body as Awaited<ReturnType<TestApp['dispatch']>>).results;
  assert.equal([blocked?.status, blocked?.code], ['BLOCKED', 'host_offline']);
  assert.is((await app.command(blocked?.commandId ?? '')).status, 'BLOCKED');

  const agent = await online();
  assert.is((await app.request('POST', '/api/dispatch', { body: { op: 'pull', hosts: ['web1'] } })).status, 202);
  await agent.next('command.run');
  const busy = await app.request('POST', '/api/dispatch', { body: { op: 'test', hosts: ['web1'] } });
  assert.is(busy.status, 409);
  assert.is((busy.body as { results: { code: string }[] }).results[0]?.code, 'command_pending');
  assert.is(agent.frames.filter(({ type }) => type === 'command.run').length, 1);

  const both = await app.request('POST', '/api/dispatch', { body: { op: 'test', hosts: ['web1', 'gone'] } });
  assert.is(both.status, 422, 'not all of them are busy');
});

test('a stopping coordinator tells its agents, and continues everything after its next start', async () => {
  const { token } = await app.addHost('web1');
  const agent = await app.connect(token);
  await app.dispatch({ op: 'pull', hosts: ['web1'] });
  const { id } = await agent.next('command.run');
  agent.send('command.accepted', { id });
  agent.output(id, 0, 'one\n');
  await agent.next('command.output.ack');
  const { dataDir } = app;
  await app.stop();
  assert.is((await agent.closed).code, 1012);

  app = await startTestApp({ dataDir });
  assert.is((await app.command(id)).status, 'EXECUTING');
  const held = { id, op: 'pull', state: 'exited' as const, startedAt: 1, outputBytes: 8 };
  const again = await app.connect(token, { hello: { ...agent.hello, commands: [held] }, greets: false });
  again.send('hello', again.hello);
  const { output, finished } = await again.next('welcome');
  assert.equal([output, finished], [[{ id, offset: 4 }], []]);
  again.output(id, 4, 'two\n');
  const exit = { exitCode: 3, signal: null, lost: false, startedAt: 1, endedAt: 2, outputBytes: 8 };
  again.send('command.exited', { id, ...exit });
  await again.next('command.exited.ack');
  const ended = await app.command(id);
  assert.equal([ended.status, ended.code, ended.exitCode], ['ERROR', 'exit_nonzero', 3]);
  await waitFor(
    'the output',
    async () => (await app.request('GET', `/api/commands/${id}/output`)).text === 'one\ntwo\n',
  );
});

test('while the store cannot be written nothing is promised, and it heals by itself', async () => {
  const disk = createDisk();
  await app.close();
  app = await startTestApp({ store: disk.under });
  const agent = await online();
  await app.dispatch({ op: 'pull', hosts: ['web1'] });
  const { id } = await agent.next('command.run');
  const { body: before } = await app.request('GET', '/api/commands');
  assert.is((await app.request('GET', '/readyz')).status, 200);
  disk.full = true;
  const refused = await app.request('POST', '/api/dispatch', { body: { op: 'restart', hosts: ['web1'] } });
  assert.is(refused.status, 503);
  assert.is((refused.body as { code: string }).code, 'storage_unavailable');
  assert.is((await app.request('POST', '/api/hosts', { body: { name: 'web2' } })).status, 503);
  assert.is((await app.request('GET', '/readyz')).status, 503);
  assert.is((await app.request('GET', '/healthz')).status, 200);
  assert.equal((await app.request('GET', '/api/commands')).body, before);
  assert.is((await app.request('GET', '/api/hosts/web2')).status, 404);
  agent.send('command.accepted', { id });
  assert.is((await agent.closed).code, 1013, 'what it said was not heard');
  disk.full = false;
  assert.is((await app.request('GET', '/readyz')).status, 200);
  assert.is(agent.frames.filter(({ type }) => type === 'command.run').length, 1);
});

test('metrics count what happened', async () => {
  const agent = await online();
  agent.heartbeat();
  await app.dispatch({ op: 'switch', hosts: ['web1'] });
  const { id } = await agent.next('command.run');
  agent.send('command.rejected', { id, code: 'busy', message: 'busy' });
  await waitFor('the end', async () => (await app.command(id)).status === 'BLOCKED');
  await app.addHost('gone');
  await app.dispatch({ op: 'pull', hosts: ['gone'] });
  await app.dispatch({ op: 'test', hosts: ['web1'] });
  const { text, headers } = await app.request('GET', '/metrics');
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
  for (const line of [
    'switchyard_hosts 2',
    'switchyard_hosts_online 1',
    'switchyard_agent_connections 1',
    'switchyard_commands_active{status="PENDING"} 1',
    'switchyard_commands_ended_total{status="BLOCKED"} 2',
    'switchyard_commands_ended_total{status="SUCCESS"} 0',
    'switchyard_heartbeats_total 1',
    'switchyard_deadlines_armed 1',
    'switchyard_store_healthy 1',
  ])
    assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?\d+(\.\d+)?)$/);
});

test.run();
