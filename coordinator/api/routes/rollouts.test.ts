import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FeedFrame } from '../../../shared/feed/frames.ts';
import { waitFor } from '../../../shared/fixtures/wait-for.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { Evidence } from '../../../shared/model/report.ts';
import type { Rollout, RolloutView } from '../../../shared/model/rollout.ts';
import type { FakeAgent } from '../../fixtures/fake-agent.ts';
import { startTestApp, type TestApp } from '../../fixtures/test-app.ts';
import { sampleExit, sampleReport } from '../../lifecycle/fixtures/sample.ts';

let app: TestApp;
const agents = new Map<string, FakeAgent>();
test.before.each(async () => {
  app = await startTestApp();
  for (const name of ['web1', 'web2', 'web3']) {
    const { token } = await app.addHost(name);
    agents.set(name, await app.connect(token, { hello: { hostname: name, features: ['commit'] } }));
  }
});
test.after.each(() => app.close());

type Refusal = { code: string; detail: string; position?: number };

const start = async (body: object, headers: Record<string, string> = {}) =>
  app.request('POST', '/api/rollouts', {
    body: { steps: [{ op: 'test' }], hosts: ['web1', 'web2', 'web3'], ...body },
    headers,
  });
const started = async (body: object = {}): Promise<Rollout> => {
  const { status, body: made, text } = await start({ waves: [{ count: 1, soakMs: 0 }], ...body });
  if (status !== 201) throw new Error(text);
  return made;
};
const refused = async (body: object): Promise<string> => {
  const { status, body: refusal } = await start(body);
  return `${status} ${(refusal as Refusal).code}`;
};
const view = async (id: string): Promise<RolloutView> => (await app.request('GET', `/api/rollouts/${id}`)).body;
const decide = (id: string, what: string, body?: object) =>
  app.request('POST', `/api/rollouts/${id}/${what}`, body ? { body } : {});
const reaches = (id: string, status: Rollout['status']) =>
  waitFor(`${status}`, async () => {
    const seen = await view(id);
    return seen.status === status && seen;
  });

/** Runs the agent's next command to its end. */
async function work(name: string, exitCode = 0, evidence: Evidence = {}): Promise<string> {
  const agent = agents.get(name) as FakeAgent;
  const { id } = await agent.next('command.run');
  const at = Date.now();
  agent.send('command.accepted', { id });
  agent.send('command.started', { id, pid: 7, startedAt: at });
  agent.send('command.exited', sampleExit(id, { exitCode, startedAt: at, endedAt: at, evidence }));
  await agent.next('command.exited.ack');
  agent.heartbeat({ afterCommand: id, sampledAt: Date.now() });
  return id;
}

test('a rollout goes out in waves; its standing is that of its commands', async () => {
  const { id, waves, counts, status } = await started({ name: 'first' });
  assert.equal([status, waves.map(({ hosts }) => hosts.length)], ['RUNNING', [1, 2]]);
  assert.is(counts.waiting, 3);
  const first = await work('web1');
  await Promise.all([work('web2'), work('web3')]);
  const { hosts, history, finishedAt, rev } = await reaches(id, 'DONE');
  assert.equal(
    hosts.map(({ host, wave, standing }) => [host, wave, standing]),
    [
      ['web1', 0, 'proven'],
      ['web2', 1, 'proven'],
      ['web3', 1, 'proven'],
    ],
  );
  // Computed anew from the API alone.
  for (const { commandId, step } of hosts) {
    const command: Command = await app.command(commandId ?? '');
    assert.equal([command.status, step], ['SUCCESS', 0]);
  }
  assert.is(hosts[0]?.commandId, first);
  assert.equal(
    history.map(({ to }) => to),
    ['RUNNING', 'DONE'],
  );
  assert.ok(finishedAt !== null && rev > 1);
  const { items } = (await app.request('GET', '/api/rollouts?status=DONE')).body as { items: Rollout[] };
  assert.equal(
    items.map((one) => [one.id, one.counts.proven]),
    [[id, 3]],
  );
});

test('a dry run shows the waves and stores nothing', async () => {
  const { status, body } = await start({ dryRun: true, waves: [{ name: 'canary', hosts: ['web2'] }] });
  const { waves } = body as Rollout;
  assert.equal(
    [status, waves.map(({ name, hosts }) => [name, hosts.length])],
    [
      200,
      [
        ['canary', 1],
        ['wave 2', 2],
      ],
    ],
  );
  assert.equal((await app.request('GET', '/api/rollouts')).body, { items: [], next: null });
});

test('the same key and body make one rollout', async () => {
  const headers = { 'idempotency-key': 'k' };
  const one = await start({ name: 'a' }, headers);
  const again = await start({ name: 'a' }, headers);
  assert.equal([one.status, again.status], [201, 201]);
  assert.is((one.body as Rollout).id, (again.body as Rollout).id);
  assert.is((await start({ name: 'b' }, headers)).status, 409);
});

test('an impossible plan is refused with its fault', async () => {
  assert.is(await refused({ steps: [] }), '400 invalid_request');
  assert.is(await refused({ steps: [{ op: 'dance' }] }), '400 unknown_op');
  assert.is(await refused({ steps: [{ op: 'kill' }] }), '400 invalid_request');
  assert.is(await refused({ steps: [{ op: 'pull', options: { colour: 1 } }] }), '400 invalid_request');
  assert.is(await refused({ steps: [{ op: 'pull', options: { commit: 'a'.repeat(40) } }] }), '400 invalid_request');
  assert.is(await refused({ commit: 'a'.repeat(40) }), '400 invalid_request');
  assert.is(await refused({ steps: [{ op: 'pull' }], commit: 'target' }), '400 invalid_request');
  assert.is(await refused({ hosts: ['web9'] }), '404 unknown_host');
  assert.is(await refused({ hosts: undefined }), '400 invalid_request');
  assert.is(await refused({ where: 'tag:none' }), '400 invalid_request');
  assert.is(await refused({ where: 'tag' }), '400 invalid_where');
  assert.is(await refused({ waves: [{ where: 'tag' }] }), '400 invalid_where');
  assert.is(await refused({ waves: [{}] }), '400 invalid_request');
  assert.is(await refused({ hosts: ['web1'], waves: [{ hosts: ['web2'] }] }), '400 invalid_request');
  assert.is(await refused({ window: 'night' }), '400 invalid_request');
  assert.is((await app.request('GET', '/api/rollouts/nothing')).status, 404);
});

test("a rollout waits for its approval and a wave's; wrong decisions are refused", async () => {
  const { id, status, reason } = await started({
    approve: true,
    waves: [
      { count: 1, soakMs: 0 },
      { count: 1, approve: true },
    ],
  });
  assert.equal([status, reason?.code], ['AWAITING_APPROVAL', 'approval']);
  assert.is(((await decide(id, 'pause')).body as Refusal).code, 'rollout_state');
  const approved = (await decide(id, 'approve')).body as Rollout;
  assert.equal([approved.status, approved.approvedBy], ['RUNNING', 'admin']);
  await work('web1');
  await waitFor('the second wave asks', async () => (await view(id)).reason?.code === 'approval');
  const attention = (await app.request('GET', '/api/attention')).body as { kind: string; rolloutId: string }[];
  assert.equal(
    attention.map(({ kind, rolloutId }) => [kind, rolloutId]),
    [['rollout_approval', id]],
  );
  assert.is((await decide(id, 'approve')).status, 200);
  await work('web2');
  assert.is((await decide(id, 'stop', { undo: 'none' })).status, 200);
  assert.is(((await decide(id, 'resume', { skipFailed: true })).body as Refusal).code, 'rollout_state');
});

test('a commit that fails once active is quarantined until a person releases it', async () => {
  const commit = 'a'.repeat(40);
  await (agents.get('web1') as FakeAgent).close();
  const { token } = (await app.request('POST', '/api/hosts/web1/token')).body as { token: string };
  const build = { storePath: '/nix/store/a', binaryHash: 'h' };
  const report = sampleReport({
    freshness: { sourceCommit: 'c', ...build },
    installed: build,
    systemPath: '/nix/store/s',
  });
  const hello = { platform: 'nixos', hostname: 'web1', features: ['commit'], stateId: 's', report } as const;
  const agent = await app.connect(token, { hello: { ...hello, features: ['commit'] } });
  const { id } = await started({ steps: [{ op: 'pull-switch' }], commit });
  const run = await agent.next('command.run');
  assert.is(run.options?.commit, commit);
  agent.send('command.accepted', { id: run.id });
  agent.send('command.started', { id: run.id, pid: 7, startedAt: Date.now() });
  agent.send('command.exited', {
    id: run.id,
    exitCode: 4,
    signal: null,
    lost: false,
    startedAt: 1,
    endedAt: Date.now(),
    outputBytes: 0,
    evidence: {
      failedStep: { phase: 'activate', activation: true },
      failedUnits: ['nginx.service'],
      fetchedCommit: commit,
      builtPath: '/nix/store/s',
      systemPathBefore: '/nix/store/r',
      systemPathAfter: '/nix/store/s',
    },
  });
  await agent.next('command.exited.ack');
  await agent.close();
  const after = { ...report, afterCommand: run.id, sampledAt: Date.now(), repoCommit: commit };
  await app.connect(token, { hello: { ...hello, features: ['commit'], instanceId: 'new', report: after } });
  const paused = await reaches(id, 'PAUSED');
  assert.equal([paused.hosts[0]?.standing, paused.hosts[0]?.code], ['failed', 'units_failed']);
  const list = async () =>
    (await app.request('GET', '/api/quarantine')).body as { commit: string; rolloutId: string }[];
  assert.equal(
    (await list()).map((one) => [one.commit, one.rolloutId]),
    [[commit, id]],
  );
  const blocked = await app.dispatch({ op: 'pull', hosts: ['web2'], options: { commit } });
  assert.is(blocked.results[0]?.code, 'quarantined');
  await decide(id, 'stop');
  assert.is(await refused({ steps: [{ op: 'pull-switch' }], commit }), '409 quarantined');
  assert.is((await app.request('DELETE', `/api/quarantine/${commit}`)).status, 204);
  assert.is((await app.request('DELETE', `/api/quarantine/${commit}`)).status, 404);
  assert.equal(await list(), []);
});

test('a host in maintenance takes only forced commands', async () => {
  const put = (body: unknown) => app.request('POST', '/api/hosts/web1/maintenance', { body });
  const host = (await put({ until: null, reason: 'a new disk' })).body as { maintenance: object };
  assert.equal(host.maintenance, { until: null, reason: 'a new disk' });
  const code = async (more: object = {}) =>
    (await app.dispatch({ op: 'test', hosts: ['web1'], ...more })).results[0]?.code;
  assert.is(await code(), 'in_maintenance');
  assert.is((await put('null')).status, 200);
  assert.is(await code(), null);
});

test("the live feed carries rollouts and their hosts' changes, without the hosts of waves", async () => {
  const address = await app.listen();
  const socket = new WebSocket(`${address.replace('http', 'ws')}/ws/dashboard`, {
    headers: { authorization: `Bearer ${'the-admin-token-of-tests'}` },
  } as never);
  const frames: FeedFrame[] = [];
  socket.addEventListener('message', ({ data }) => void frames.push(JSON.parse(String(data))));
  await waitFor('a state', () => frames.find(({ type }) => type === 'init'));
  const { id } = await started();
  await work('web1');
  const changes = () => frames.flatMap((frame) => (frame.type === 'delta' ? frame.changes : []));
  await waitFor('web1 proven', () =>
    changes().some(
      (change) => change.type === 'rollout_host' && change.standing === 'proven' && change.rolloutId === id,
    ),
  );
  const told = changes().find((change) => change.type === 'rollout');
  assert.ok(told?.type === 'rollout' && told.rollout.waves.every((wave) => !('hosts' in wave)));
  socket.close();
});

test.run();
