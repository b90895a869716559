import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Host } from '../../shared/model/host.ts';
import type { Hello } from '../../shared/wire/protocol.ts';
import { sampleHello } from '../fixtures/fake-agent.ts';
import { connectFeed } from '../fixtures/feed-client.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp } from '../fixtures/test-app.ts';
import { sampleExit } from '../lifecycle/fixtures/sample.ts';
import type { Store } from '../store/port.ts';

/** A host may lie only about itself: its words end at most its own connection. */

const DEEP = `${'{"a":['.repeat(1_200)}1${']}'.repeat(1_200)}`;

/** JSON with the text `DEEP` in it, as a frame that is deeply nested there. */
const withDeep = (value: unknown): string => JSON.stringify(value).replaceAll('"DEEP"', DEEP);

type Pair = Awaited<ReturnType<typeof startPair>>;

let app: TestApp;
test.after.each(() => app.close());

/** A coordinator with an honest host, and one that says what the test tells it to. */
async function startPair(store?: (store: Store) => Store) {
  app = await startTestApp({ ...(store && { store }) });
  const hostile = await app.addHost('hostile');
  const honest = await app.addHost('honest');
  const agent = await app.connect(honest.token);
  const { hello } = agent;
  return { hostile, honest, agent, hello };
}

/** The honest host runs a command to its end, and everything that people look at answers. */
async function provesWell({ agent }: Pair): Promise<void> {
  const { results } = await app.dispatch({ op: 'check-version', hosts: ['honest'] });
  const id = results[0]?.commandId ?? '';
  await agent.next('command.run');
  agent.send('command.accepted', { id });
  agent.send('command.started', { id, pid: 1, startedAt: 1 });
  agent.send('command.exited', sampleExit(id));
  await agent.next('command.exited.ack');
  assert.is((await app.command(id)).status, 'SUCCESS');
  for (const path of ['hosts', 'commands', 'events', 'attention', 'hosts/hostile'])
    assert.is((await app.request('GET', `/api/${path}`)).status, 200, path);
}

test('deep fields in a hello are cut off, wherever they stand', async () => {
  const pair = await startPair();
  const { hostile } = pair;
  const deep = (object: object) => ({ ...object, deep: 'DEEP' });
  const hello = sampleHello();
  const payload = {
    ...deep(hello),
    os: deep(hello.os),
    ops: hello.ops.map(deep),
    report: { ...deep(hello.report), checks: deep({ tests: deep({ status: 'ok', message: '', checkedAt: 1 }) }) },
  };
  const agent = await app.connect(hostile.token, { greets: false });
  agent.sendRaw(withDeep({ type: 'hello', payload }));
  await agent.next('welcome');
  agent.sendRaw(withDeep({ type: 'heartbeat', payload: { seq: 1, report: payload.report, metrics: deep({}) } }));
  await provesWell(pair);
});

test('too deep evidence is cut off, and the exit counts', async () => {
  const pair = await startPair();
  const { hostile } = pair;
  const agent = await app.connect(hostile.token);
  const { results } = await app.dispatch({ op: 'check-version', hosts: ['hostile'] });
  const id = results[0]?.commandId ?? '';
  await agent.next('command.run');
  const ended = { ...sampleExit(id, { exitCode: 3 }), deep: 'DEEP' };
  agent.sendRaw(withDeep({ type: 'command.exited', payload: { ...ended, evidence: { deep: 'DEEP' } } }));
  await agent.next('command.exited.ack');
  assert.is((await app.command(id)).code, 'exit_nonzero');
  await provesWell(pair);
});

test('a protocol of another type is a bad frame', async () => {
  const pair = await startPair();
  const { hostile } = pair;
  const agent = await app.connect(hostile.token, { greets: false });
  for (const protocol of ['DEEP', { toString: 1, valueOf: 1 }, [[[]]]]) {
    agent.sendRaw(withDeep({ type: 'hello', payload: { protocol } }));
    assert.is((await agent.next('error')).code, 'bad_frame');
  }
  await provesWell(pair);
});

test('a frame that cannot be handled ends its connection, and the next one is welcome', async () => {
  let poisoned = '';
  const pair = await startPair((store) => ({
    ...store,
    commands: {
      ...store.commands,
      getAll(ids) {
        if (ids.includes(poisoned)) throw new Error('nobody foresaw this');
        return store.commands.getAll(ids);
      },
    },
  }));
  const { hostile } = pair;
  const agent = await app.connect(hostile.token);
  poisoned = '01890000-0000-7000-8000-00000000dead';
  agent.send('command.accepted', { id: poisoned });
  assert.is((await agent.closed).code, 1011);
  const again = await app.connect(hostile.token);
  await provesWell(pair);
  again.output(poisoned, 0, 'bytes');
  assert.is((await again.closed).code, 1011);
  await provesWell(pair);
});

test('a cut is reported once per kind of frame', async () => {
  const pair = await startPair();
  const { hostile } = pair;
  const report = sampleHello().report;
  const lock = { status: 'error', message: 'x'.repeat(200_000), checkedAt: 1 } as const;
  const hello: Partial<Hello> = { os: { name: 'n'.repeat(200_000), version: '1', arch: 'x' } };
  const agent = await app.connect(hostile.token, { hello });
  for (let beat = 0; beat < 3; beat += 1) agent.heartbeat({ ...report, checks: { lock } });
  const cuts = await waitFor('the event about the cut', async () => {
    const { body } = await app.request('GET', '/api/events?host=hostile');
    const events = (body as { items: { code: string; message: string }[] }).items;
    const told = events.filter(({ code }) => code === 'frame_cut').map(({ message }) => message);
    return told.length > 1 && told;
  });
  assert.equal(cuts, [
    'hostile: a hello was cut to its bounds, at /os/name',
    'hostile: a heartbeat was cut to its bounds, at /report/checks/lock/message',
  ]);
  const { text } = await app.request('GET', '/api/hosts/hostile');
  assert.ok(text.length < 20_000, `${text.length} bytes`);
});

test('the longest host and command are a small part of the state that every client gets', async () => {
  const pair = await startPair();
  const { hostile } = pair;
  const whole = async () => {
    const url = `${(await app.listen()).replace('http', 'ws')}/ws/dashboard`;
    const client = connectFeed({ url, options: { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } } });
    await waitFor('the state', () => client.frames.length > 0);
    client.socket.close();
    return JSON.stringify(client.frames[0]).length;
  };
  const before = await whole();
  // JSON makes six bytes of each.
  const text = '\u0001'.repeat(4_000);
  const many = <Item>(item: (n: number) => Item) => Array.from({ length: 2_000 }, (_, n) => item(n));
  const check = { status: 'error', message: text, checkedAt: 1 } as const;
  const report = { ...sampleHello().report, systemPath: text, checks: { lock: check, system: check, tests: check } };
  const agent = await app.connect(hostile.token, {
    hello: {
      report,
      agentVersion: text,
      hostname: text,
      os: { name: text, version: text, arch: text },
      ops: [
        { id: 'check-version', completion: 'exit' },
        ...many((n) => ({ id: `${'o'.repeat(50)}-${n}`, completion: 'exit' as const })),
      ],
      tags: many((n) => `${'t'.repeat(50)}-${n}`),
    },
  });
  const { results } = await app.dispatch({ op: 'check-version', hosts: ['hostile'] });
  const id = results[0]?.commandId ?? '';
  await agent.next('command.run');
  const names = many((n) => `${text.slice(0, 100)}${n}`).slice(0, 500);
  agent.send('command.exited', {
    id,
    exitCode: 3,
    signal: text,
    lost: false,
    startedAt: 1,
    endedAt: 2,
    outputBytes: 0,
    evidence: {
      fetchedCommit: text,
      lockHash: text,
      builtPath: text,
      systemPathBefore: text,
      systemPathAfter: text,
      failedUnits: names,
      tests: names.map((name) => ({ name, exitCode: 1, durationMs: 1 })),
    },
  });
  await agent.next('command.exited.ack');
  await waitFor('its end', async () => (await app.command(id)).status === 'ERROR');
  assert.ok((await whole()) - before < 1024 * 1024, `${(await whole()) - before} bytes`);
});

test("output past the exit's length is dropped, and so is all output of a command that never ran", async () => {
  const pair = await startPair();
  const { hostile } = pair;
  const agent = await app.connect(hostile.token);
  const dispatch = async (): Promise<string> => {
    const { results } = await app.dispatch({ op: 'check-version', hosts: ['hostile'] });
    await agent.next('command.run');
    return results[0]?.commandId ?? '';
  };
  const held = async (id: string) => (await app.request('GET', `/api/commands/${id}/output`)).text;

  const id = await dispatch();
  agent.output(id, 0, 'he');
  agent.send('command.exited', sampleExit(id, { outputBytes: 5 }));
  await agent.next('command.exited.ack');
  const acked = async () => (await agent.next('command.output.ack')).offset;
  assert.is(await acked(), 2);
  agent.output(id, 5, 'early');
  assert.is(await acked(), 2, 'not acknowledged before what the exit told of is here');
  agent.output(id, 2, 'llo and more');
  assert.is(await acked(), 5);
  agent.output(id, 5, ' and more');
  assert.is(await acked(), 14);
  assert.is(await held(id), 'hello');
  const { output } = await app.command(id);
  assert.equal([output.bytes, output.total], [5, 5]);

  for (const code of ['storage_full', 'busy'] as const) {
    const rejected = await dispatch();
    agent.send('command.rejected', { id: rejected, code, message: '' });
    await waitFor('the rejection', async () => /ERROR|BLOCKED/.test((await app.command(rejected)).status));
    agent.output(rejected, 0, 'x'.repeat(1_000));
    assert.is(await acked(), 1_000);
    assert.is(await held(rejected), '', code);
  }
  await provesWell(pair);
});

test('a tag that a host claims for itself is shown, and makes it part of no dispatch', async () => {
  const pair = await startPair();
  const { hostile } = pair;
  await app.request('PATCH', '/api/hosts/honest', { body: { tags: ['web'] } });
  await app.connect(hostile.token, { hello: { tags: ['web'] } });
  const { results } = await app.dispatch({ op: 'check-version', tags: ['web'] });
  assert.equal(
    results.map(({ host }) => host),
    ['honest'],
  );
  const { body } = await app.request('GET', '/api/hosts/hostile');
  const { tags, claimedTags } = body as Host;
  assert.equal([tags, claimedTags], [[], ['web']]);
  await app.request('PATCH', '/api/hosts/hostile', { body: { tags: ['web'] } });
  const both = await app.dispatch({ op: 'test', tags: ['web'] });
  assert.is(both.results.length, 2);
});

test.run();
