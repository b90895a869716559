import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import { type FakeAgent, UpgradeRefused } from './fixtures/fake-agent.ts';
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

async function refusal(attempt: Promise<unknown>): Promise<UpgradeRefused> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof UpgradeRefused) return error;
    throw error;
  }
  throw new Error('the upgrade was not refused');
}

test('the upgrade needs a host token and the right path', async () => {
  const { token } = await app.addHost('web1');
  const wrong = await refusal(app.connect('wrong'));
  assert.is(wrong.status, 401);
  assert.is(JSON.parse(wrong.body).code, 'unauthorized');
  assert.is((await refusal(app.connect('the-admin-token-of-tests'))).status, 401);
  const address = await app.listen();
  assert.is((await refusal(app.connect(token, { address: `${address}/elsewhere?` }))).status, 404);
});

test('before its hello nothing that an agent says is heard', async () => {
  const { token } = await app.addHost('web1');
  const agent = await app.connect(token, { greets: false });
  agent.send('heartbeat', { seq: 1, report: agent.hello.report, metrics: METRICS });
  assert.is((await agent.next('error')).code, 'bad_frame');
  agent.output('01890000-0000-7000-8000-000000000001', 0, 'x');
  assert.is((await agent.next('error')).code, 'bad_frame');
  agent.send('hello', agent.hello);
  await agent.next('welcome');
});

const METRICS = { cpuPercent: 1, memoryPercent: 1, swapPercent: 0, load1: 0, diskPercent: 1 };

test('nine bad frames are answered and dropped, the tenth ends the connection', async () => {
  const agent = await online();
  const bad: (string | Uint8Array)[] = [
    'no json',
    '[]',
    '{"type":"heartbeat"}',
    '{"type":"heartbeat","payload":{"seq":"one"}}',
    '{"type":"command.accepted","payload":{"id":"no-uuid"}}',
    new Uint8Array(3),
    new Uint8Array(24).fill(255),
    '{"type":7,"payload":{}}',
    '{"type":"command.exited","payload":{}}',
  ];
  for (const frame of bad) {
    agent.sendRaw(frame);
    assert.is((await agent.next('error')).code, 'bad_frame', String(frame));
  }
  agent.sendRaw('{"type":"command.dances","payload":{}}');
  agent.heartbeat({ repoCommit: COMMIT });
  await waitFor('the heartbeat', async () => {
    const { body } = await app.request('GET', '/api/hosts/web1');
    return (body as { report: { repoCommit: string } }).report.repoCommit === COMMIT;
  });
  agent.sendRaw('once more');
  assert.is((await agent.closed).code, 1008);
});

test('a frame over 1 MiB ends the connection with 1009', async () => {
  const agent = await online();
  agent.sendRaw('x'.repeat(1024 * 1024 + 1));
  assert.is((await agent.closed).code, 1009);
});

test("a frame about another host's command is refused", async () => {
  const mine = await online('web1');
  const other = await online('web2');
  await app.dispatch({ op: 'pull', hosts: ['web1'] });
  const { id } = await mine.next('command.run');
  other.send('command.accepted', { id });
  assert.is((await other.next('error')).code, 'bad_frame');
  other.output(id, 0, 'not mine');
  assert.is((await other.next('error')).code, 'bad_frame');
  assert.is((await app.command(id)).status, 'PENDING');
});

test('another protocol version is answered and closed with 1002', async () => {
  const { token } = await app.addHost('web1');
  const agent = await app.connect(token, { hello: { protocol: 2 }, greets: false });
  agent.send('hello', agent.hello);
  assert.is((await agent.next('error')).code, 'protocol_version');
  assert.is((await agent.closed).code, 1002);
});

test.run();
