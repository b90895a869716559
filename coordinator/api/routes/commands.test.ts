import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ListPage } from '../../../shared/api/resources.ts';
import type { AttentionItem } from '../../../shared/model/attention.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { Event } from '../../../shared/model/event.ts';
import { OPS } from '../../../shared/ops/ops.ts';
import { createFakeClock, type FakeClock } from '../../../shared/time/fake-clock.ts';
import type { FakeAgent } from '../../fixtures/fake-agent.ts';
import { type Answer, startTestApp, type TestApp } from '../../fixtures/test-app.ts';

/** Short enough that the fake clock does not silence the connection. */
const CONFIG = `
[ops.pull]
warningMs = 2000
timeoutMs = 5000
[ops.test]
onTimeout = "kill"
warningMs = 1000
timeoutMs = 2000
decisionMs = 3000
`;

let app: TestApp;
let clock: FakeClock;
let web1: FakeAgent;
test.before.each(async () => {
  clock = createFakeClock();
  app = await startTestApp({ clock, config: CONFIG });
  web1 = await app.connect((await app.addHost('web1')).token);
});
test.after.each(() => app.close());

const MINUTE = 60_000;

/** Advances time and commits what falls due. */
async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await nextTurn();
}

const list = async (query: string): Promise<ListPage<Command>> =>
  (await app.request('GET', `/api/commands?${query}`)).body;

const answer = (id: string, body: object): Promise<Answer> =>
  app.request('POST', `/api/commands/${id}/timeout-action`, { body });

/** Dispatches a pull that the agent accepts. */
async function running(op = 'pull'): Promise<string> {
  await app.dispatch({ op, hosts: ['web1'] });
  const { id } = await web1.next('command.run');
  web1.send('command.accepted', { id });
  web1.output(id, 0, 'x');
  await web1.next('command.output.ack');
  return id;
}

test('commands are listed newest first, by every filter and page by page', async () => {
  const { hostId } = await app.addHost('gone');
  for (const op of ['pull', 'test', 'pull', 'switch']) {
    clock.advance(1);
    await app.dispatch({ op, hosts: ['gone'] });
  }
  const id = await running();
  const all = await list('');
  assert.equal(
    all.items.map(({ op, status }) => `${op} ${status}`),
    ['pull EXECUTING', 'switch BLOCKED', 'pull BLOCKED', 'test BLOCKED', 'pull BLOCKED'],
  );
  assert.is(all.next, null);

  const count = async (query: string) => (await list(query)).items.length;
  assert.is(await count('host=gone'), 4);
  assert.is(await count(`host=${hostId}`), 4);
  assert.is(await count('op=pull'), 3);
  assert.is(await count('status=EXECUTING'), 1);
  assert.is(await count('status=EXECUTING,BLOCKED'), 5);
  assert.is(await count('status=EXECUTING&status=BLOCKED'), 5);
  assert.is(await count('active=true'), 1);
  assert.is(await count('active=false'), 4);
  assert.is(await count('active=true&status=BLOCKED'), 0);
  assert.is(await count(`dispatch=${all.items[0]?.dispatchId}`), 1);
  assert.is((await list('active=true')).items[0]?.id, id);

  const first = await list('limit=3');
  const second = await list(`limit=3&before=${first.next}`);
  assert.equal([...first.items, ...second.items], all.items);
  assert.is(second.next, null);
});

test('a dispatch is shown with requester, time, answer and the present state of its commands', async () => {
  await app.addHost('gone');
  const dispatched = await app.dispatch({ op: 'pull', hosts: ['web1', 'gone'] });
  const { id } = await web1.next('command.run');
  web1.send('command.accepted', { id });
  web1.output(id, 0, 'x');
  await web1.next('command.output.ack');
  const { body } = await app.request('GET', `/api/dispatches/${dispatched.dispatchId}`);
  const dispatch = body as { id: string; op: string; requestedBy: string; results: unknown; commands: Command[] };
  assert.equal([dispatch.id, dispatch.op, dispatch.requestedBy], [dispatched.dispatchId, 'pull', 'admin']);
  assert.equal(dispatch.results, dispatched.results);
  assert.equal(dispatch.commands.map(({ status }) => status).sort(), ['BLOCKED', 'EXECUTING']);
});

test('requests with the same Idempotency-Key run once and get the same answer; another body is a mismatch', async () => {
  const headers = { 'idempotency-key': 'once' };
  const body = { op: 'pull', hosts: ['web1'], options: {} };
  const [first, second] = await Promise.all([
    app.request('POST', '/api/dispatch', { body, headers }),
    app.request('POST', '/api/dispatch', { body: { options: {}, hosts: ['web1'], op: 'pull' }, headers }),
  ]);
  const third = await app.request('POST', '/api/dispatch', { body, headers });
  assert.equal([first.status, second.status, third.status], [202, 202, 202]);
  assert.equal(second.body, first.body);
  assert.equal(third.body, first.body);
  assert.is((await list('')).items.length, 1);
  const other = await app.request('POST', '/api/dispatch', { body: { ...body, op: 'test' }, headers });
  assert.is(other.status, 409);
  assert.is((other.body as { code: string }).code, 'idempotency_mismatch');
  clock.advance(24 * 60 * MINUTE + 1);
  const next = await app.request('POST', '/api/dispatch', { body: { ...body, op: 'test' }, headers });
  assert.is.not(next.status, 409);
});

test('a command that takes too long asks, and waits as long as the answer says', async () => {
  const id = await running();
  assert.is((await answer(id, { action: 'wait', minutes: 5 })).status, 409);
  await pass(2000);
  assert.is((await app.command(id)).timeoutStatus, 'WARNING');
  const early = await answer(id, { action: 'ignore' });
  assert.equal([early.status, (early.body as { code: string }).code], [409, 'not_timed_out']);
  await pass(3000);
  const [item] = (await app.request('GET', '/api/attention')).body as AttentionItem[];
  assert.equal([item?.kind, item?.commandId, item?.lapsesAt], ['timed_out', id, null]);

  const waited = await answer(id, { action: 'wait', minutes: 10 });
  assert.is(waited.status, 200);
  const { timeoutStatus, timeoutAt, extendedMs } = waited.body as Command;
  assert.equal([timeoutStatus, timeoutAt, extendedMs], ['NORMAL', clock.now() + 10 * MINUTE, 10 * MINUTE]);
  assert.equal((await app.request('GET', '/api/attention')).body, []);
});

test('ignore ends the record, and the host stays busy', async () => {
  const id = await running();
  await pass(5000);
  const ignored = await answer(id, { action: 'ignore' });
  assert.equal([(ignored.body as Command).status, (ignored.body as Command).code], ['TIMEOUT', 'timeout_ignored']);
  const { results } = await app.dispatch({ op: 'test', hosts: ['web1'] });
  assert.is(results[0]?.code, 'agent_busy');
  assert.is((await answer(id, { action: 'ignore' })).status, 409);
});

test('the agent carries out a kill, which is a command of its own', async () => {
  const id = await running();
  await pass(5000);
  const killed = (await answer(id, { action: 'kill', signal: 'SIGKILL' })).body as Command;
  assert.equal([killed.status, killed.kill?.signal], ['KILLING', 'SIGKILL']);
  assert.equal((await web1.next('command.kill')).id, id);
  const kill = await app.command(killed.kill?.commandId ?? '');
  assert.equal([kill.op, kill.targetCommandId, kill.requestedBy], ['kill', id, 'admin']);
});

test('CONFIG decides when an op warns and times out, and what happens then', async () => {
  const ops = (await app.request('GET', '/api/ops')).body as { id: string; timeouts: Record<string, unknown> }[];
  const { timeouts } = ops.find(({ id }) => id === 'test') ?? {};
  assert.equal(
    [timeouts?.warningMs, timeouts?.timeoutMs, timeouts?.onTimeout, timeouts?.postCheckMs],
    [1000, 2000, 'kill', 60_000],
  );
  const id = await running('test');
  await pass(2000);
  const [item] = (await app.request('GET', '/api/attention')).body as AttentionItem[];
  assert.is(item?.lapsesAt, clock.now() + 3000);
  await pass(3000);
  assert.is((await web1.next('command.kill')).id, id);
  const kill = await app.command((await app.command(id)).kill?.commandId ?? '');
  assert.is(kill.requestedBy, 'system');
});

test("a host's own op is listed and can be dispatched", async () => {
  const { token } = await app.addHost('web2');
  const agent = await app.connect(token, { hello: { ops: [{ id: 'deploy-docs', completion: 'exit' }] } });
  const ops = (await app.request('GET', '/api/ops')).body as { id: string; completion: string | null }[];
  assert.is(ops.length, OPS.length + 1);
  assert.is(ops.find(({ id }) => id === 'deploy-docs')?.completion, 'exit');
  const { results } = await app.dispatch({ op: 'deploy-docs', hosts: ['web2', 'web1'] });
  assert.equal(
    results.map(({ status, code }) => [status, code]),
    [
      ['PENDING', null],
      ['BLOCKED', 'op_unsupported'],
    ],
  );
  await agent.next('command.run');
});

test('options and ops of a feature go only to an agent that named it', async () => {
  const { token } = await app.addHost('web2');
  const ops = [
    { id: 'pull', completion: 'exit' },
    { id: 'preview', completion: 'exit' },
  ] as const;
  const agent = await app.connect(token, { hello: { ops: [...ops], features: ['commit', 'preview', 'later'] } });
  const welcome = agent.frames.find(({ type }) => type === 'welcome');
  assert.equal(
    welcome?.type === 'welcome' && welcome.payload.features,
    ['guard', 'commit', 'preview', 'failed_units', 'store_mark'],
    'all that this coordinator can do',
  );
  const commit = 'c'.repeat(40);
  for (const op of ['pull', 'preview']) {
    const { results } = await app.dispatch({ op, hosts: ['web2', 'web1'], options: { commit }, force: true });
    assert.equal(
      results.map(({ status, code }) => [status, code]),
      [
        ['PENDING', null],
        ['BLOCKED', 'agent_too_old'],
      ],
      op,
    );
    const { id, options } = await agent.next('command.run');
    assert.equal(options, { commit });
    agent.send('command.rejected', { id, code: 'not_started', message: 'enough was seen' });
    await agent.next('command.exited.ack');
  }
  const { body } = await app.request('POST', '/api/dispatch', {
    body: { op: 'switch', hosts: ['web1'], options: { confirmMs: 1 } },
  });
  assert.is((body as { code: string }).code, 'invalid_request');
});

const events = async (query: string): Promise<ListPage<Event, number>> =>
  (await app.request('GET', `/api/events?${query}`)).body;

test('events are followed with the last id seen, and filtered by host, command and level', async () => {
  const id = await running();
  web1.send('command.rejected', { id, code: 'not_started', message: 'never ran' });
  await app.addHost('other');
  const all = await events('');
  assert.equal(
    all.items.map((event) => event.id),
    all.items.map((_, at) => at + 1),
  );
  const seen: Event[] = [];
  for (let after = 0; ; ) {
    const { items, next } = await events(`limit=2&after=${after}`);
    seen.push(...items);
    if (next === null) break;
    after = next;
  }
  assert.equal(seen, all.items);
  assert.equal((await events(`after=${all.items.at(-1)?.id}`)).items, []);
  assert.ok((await events(`command=${id}`)).items.every(({ commandId }) => commandId === id));
  assert.equal(
    (await events('host=other')).items.map(({ code }) => code),
    ['host_added'],
  );
  assert.ok((await events('level=error')).items.every(({ level }) => level === 'error'));
  assert.equal(all.items[0]?.actor, 'admin');
});

test('events are read back from the newest, page by page, with the same filters', async () => {
  await app.addHost('other');
  await app.addHost('another');
  const { items } = await events('');
  const newestFirst = items.toReversed();
  assert.equal((await events(`before=${Number.MAX_SAFE_INTEGER}`)).items, newestFirst);
  const seen: Event[] = [];
  for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null; ) {
    const page = await events(`limit=2&before=${before}`);
    seen.push(...page.items);
    before = page.next;
  }
  assert.equal(seen, newestFirst);
  assert.equal((await events(`before=${items[0]?.id}`)).items, []);
  const [last] = (await events(`host=other&limit=1&before=${Number.MAX_SAFE_INTEGER}`)).items;
  assert.is(last?.code, 'host_added');
});

test.run();
