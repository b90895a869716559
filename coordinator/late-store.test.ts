import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import { newId } from '../shared/ids.ts';
import type { Event } from '../shared/model/event.ts';
import type { FakeAgent } from './fixtures/fake-agent.ts';
import { connectFeed } from './fixtures/feed-client.ts';
import { lateStore } from './fixtures/late-store.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp } from './fixtures/test-app.ts';
import { fileSize, outputPath } from './output/file.ts';
import { conformanceTests } from './store/fixtures/conformance.ts';
import { newDataDir } from './store/fixtures/new-data-dir.ts';
import type { Subject } from './store/fixtures/subject.ts';
import { openStore } from './store/sqlite/store.ts';

/** The whole coordinator on a store that answers later, as one across a network does. */

function subject(): Subject {
  const dataDir = newDataDir('late');
  let close = () => {};
  const open = async () => {
    const store = openStore({ dataDir });
    close = store.close;
    return lateStore(store);
  };
  const end = async () => {
    close();
    rmSync(dataDir, { recursive: true });
  };
  return { open, reopen: open, end };
}

conformanceTests('a store that answers later', subject);

const ENDED = { exitCode: 0, signal: null, lost: false, startedAt: 1, endedAt: 2 };

const withApp = (use: (app: TestApp, agent: FakeAgent) => Promise<void>) => async () => {
  const app = await startTestApp({ store: lateStore });
  try {
    const { token } = await app.addHost('web1');
    await use(app, await app.connect(token));
  } finally {
    await app.close();
  }
};

/** Dispatches to web1; its agent then has the command. */
async function sent(app: TestApp, agent: FakeAgent, op = 'check-version'): Promise<string> {
  await app.dispatch({ op, hosts: ['web1'] });
  return (await agent.next('command.run')).id;
}

test(
  'frames that come in one go are dealt with in their order, though some wait for records',
  withApp(async (app, agent) => {
    const id = await sent(app, agent);
    const unknown = newId();
    // Each of the first two names a command that is in no memory.
    agent.heartbeat({ running: { id: unknown, op: 'pull', pid: 1, startedAt: 1, phase: null } });
    agent.send('command.progress', { id: unknown, phase: 'x' });
    agent.send('command.accepted', { id });
    agent.send('command.started', { id, pid: 7, startedAt: 3 });
    agent.output(id, 0, 'hel');
    agent.output(id, 3, 'lo');
    agent.send('command.exited', { id, ...ENDED, outputBytes: 5 });
    await agent.next('command.exited.ack');
    const command = await app.command(id);
    assert.equal([command.status, command.startedAt], ['SUCCESS', 3]);
    const text = await waitFor('all of the output', async () => {
      const { text } = await app.request('GET', `/api/commands/${id}/output`);
      return text.length === 5 && text;
    });
    assert.is(text, 'hello');
    const { history } = (await app.request('GET', `/api/commands/${id}`)).body as { history: { to: string }[] };
    assert.equal(
      history.map(({ to }) => to),
      ['PENDING', 'EXECUTING', 'SUCCESS'],
    );
  }),
);

test('output after the end is counted whole, even if the read for its first piece is answered last', async () => {
  const first = Promise.withResolvers<void>();
  /** The waits of the reads of records, in order. Each piece has two reads: its frame's, and one before it is counted. */
  const waits: (Promise<void> | null)[] = [];
  const app = await startTestApp({
    store: (given) => {
      const store = lateStore(given);
      const getAll: typeof store.commands.getAll = async (ids) => {
        await waits.shift();
        return store.commands.getAll(ids);
      };
      return { ...store, commands: { ...store.commands, getAll } };
    },
  });
  try {
    const { token } = await app.addHost('web1');
    const agent = await app.connect(token);
    const id = await sent(app, agent);
    agent.send('command.exited', { id, ...ENDED, outputBytes: 5 });
    await agent.next('command.exited.ack');
    const path = outputPath(join(app.dataDir, 'output'), id);
    waits.push(null, first.promise, null, null);
    agent.output(id, 0, 'hel');
    while (fileSize(path) < 3 || waits.length > 2) await turn();
    agent.output(id, 3, 'lo');
    await waitFor('the second is counted', async () => (await app.command(id)).output.bytes === 5);
    first.resolve();
    await agent.next('command.output.ack');
    await agent.next('command.output.ack');
    assert.is((await app.command(id)).output.bytes, 5);
  } finally {
    await app.close();
  }
});

test(
  'a hello with ended commands is welcomed with their outcomes, and a late result is kept',
  withApp(async (app, agent) => {
    const id = await sent(app, agent);
    agent.send('command.accepted', { id });
    await waitFor('it runs', async () => (await app.command(id)).status === 'EXECUTING');
    await app.request('POST', '/api/dispatch', { body: { op: 'cancel', hosts: ['web1'], options: { commandId: id } } });
    const held = { state: 'running', outputBytes: 0, pid: 7, startedAt: 3 } as const;
    agent.send('hello', { ...agent.hello, commands: [{ id, op: 'check-version', ...held }] });
    assert.equal((await agent.next('welcome')).finished, []);
    agent.send('command.exited', { id, ...ENDED, outputBytes: 0 });
    await agent.next('command.exited.ack');
    const { status, lateResult } = await app.command(id);
    assert.equal([status, lateResult?.exitCode], ['CANCELLED', 0]);
    agent.send('hello', { ...agent.hello, commands: [{ id, op: 'check-version', ...held, state: 'exited' }] });
    assert.equal((await agent.next('welcome')).finished, [id]);
  }),
);

test(
  'one of several requests at once gets the slot, and one key runs once',
  withApp(async (app) => {
    const dispatch = (op: string, key?: string) =>
      app.request('POST', '/api/dispatch', {
        body: { op, hosts: ['web1'] },
        ...(key !== undefined && { headers: { 'idempotency-key': key } }),
      });
    const answers = await Promise.all([
      dispatch('pull', 'k'),
      dispatch('pull', 'k'),
      dispatch('test'),
      dispatch('test'),
    ]);
    assert.is(answers[0]?.text, answers[1]?.text);
    const { items } = (await app.request('GET', '/api/commands')).body as { items: { status: string }[] };
    assert.equal(items.map(({ status }) => status).sort(), ['BLOCKED', 'BLOCKED', 'PENDING']);
    assert.is((await dispatch('test', 'k')).status, 409);
    const events = ((await app.request('GET', '/api/events')).body as { items: Event[] }).items;
    const asked = events.filter(({ category }) => category === 'audit');
    assert.ok(asked.length > 3 && asked.every(({ address }) => address), 'from where it was asked for is known');
  }),
);

test(
  'the live feed begins with the stored state, and misses no change during the read',
  withApp(async (app, agent) => {
    const url = `${(await app.listen()).replace('http', 'ws')}/ws/dashboard`;
    const asked = app.dispatch({ op: 'check-version', hosts: ['web1'] });
    const client = connectFeed({ url, options: { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } } });
    const id = (await asked).results[0]?.commandId ?? '';
    agent.send('command.exited', { id, ...ENDED, outputBytes: 0 });
    await waitFor('the end is shown', () => client.state?.commands.get(id)?.status === 'SUCCESS');
    const ids = client.state?.events.map((event) => event.id) ?? [];
    assert.equal(ids, [...new Set(ids)], 'each event once');
    client.socket.close();
  }),
);

test('a hello that comes twice before its welcome is reported once', async () => {
  const app = await startTestApp({ store: lateStore });
  try {
    const { token } = await app.addHost('web1');
    const agent = await app.connect(token, { greets: false });
    for (let sent = 0; sent < 2; sent += 1) agent.send('hello', agent.hello);
    for (let welcomed = 0; welcomed < 2; welcomed += 1) await agent.next('welcome');
    const { items } = (await app.request('GET', '/api/events')).body as { items: Event[] };
    assert.is(items.filter(({ code }) => code === 'host_online').length, 1);
  } finally {
    await app.close();
  }
});

test('a restart continues with the stored state', async () => {
  const before = await startTestApp({ store: lateStore });
  const { token } = await before.addHost('web1');
  const agent = await before.connect(token);
  const id = await sent(before, agent);
  agent.send('command.accepted', { id });
  await waitFor('it runs', async () => (await before.command(id)).status === 'EXECUTING');
  await before.stop();
  const app = await startTestApp({ store: lateStore, dataDir: before.dataDir });
  try {
    assert.is((await app.command(id)).status, 'EXECUTING');
    await app.dispatch({ op: 'test', hosts: ['web1'] });
    const { body } = await app.request('GET', '/api/hosts/web1');
    assert.is((body as { activeCommandId: string }).activeCommandId, id);
    const { items } = (await app.request('GET', '/api/events?before=9999')).body as { items: Event[] };
    assert.equal([items[0]?.category, items[0]?.address !== null], ['audit', true]);
  } finally {
    await app.close();
  }
});

test('commands queued before a restart are sent once their host is back and free', async () => {
  const before = await startTestApp({ store: lateStore });
  const { token } = await before.addHost('web1');
  const agent = await before.connect(token);
  const id = await sent(before, agent);
  await before.dispatch({ op: 'test', hosts: ['web1'], queueMs: 60_000 });
  await before.stop();
  const app = await startTestApp({ store: lateStore, dataDir: before.dataDir });
  try {
    const held = { id, op: 'check-version', state: 'running', outputBytes: 0, pid: 7, startedAt: 3 } as const;
    const again = await app.connect(token, { hello: { ...agent.hello, commands: [held] } });
    again.send('command.exited', { id, ...ENDED, outputBytes: 0 });
    assert.is((await again.next('command.run')).op, 'test');
  } finally {
    await app.close();
  }
});

test.run();
