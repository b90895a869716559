import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newId } from '../../shared/ids.ts';
import type { Host } from '../../shared/model/host.ts';
import { createFakeClock, type FakeClock } from '../../shared/time/fake-clock.ts';
import { accept } from '../fixtures/agent-side.ts';
import type { FakeAgent } from '../fixtures/fake-agent.ts';
import { createRig } from '../fixtures/rig.ts';
import { startTestApp, type TestApp } from '../fixtures/test-app.ts';
import { sampleExit } from '../lifecycle/fixtures/sample.ts';

/** Ends the connection of a host that is read slowly. Its close waits behind its frames. */
async function leave(agent: FakeAgent, clock: FakeClock): Promise<void> {
  let isClosed = false;
  const closed = agent.close().then(() => {
    isClosed = true;
  });
  await waitFor('the end of a slow connection', () => {
    clock.advance(1_000);
    return isClosed;
  });
  await closed;
}

test('a stall of the coordinator cuts nobody off; 30 s of audible silence does', async () => {
  const clock = createFakeClock();
  const app = await startTestApp({ clock });
  try {
    const { hostId, token } = await app.addHost('web1');
    const agent = await app.connect(token);
    const host = async () => (await app.request('GET', `/api/hosts/${hostId}`)).body as Host;
    for (const ms of [1_000, 30_000, 600_000]) {
      clock.stall(ms);
      clock.advance(0);
      agent.heartbeat({ sampledAt: ms });
      await waitFor('a heartbeat after the stall', async () => (await host()).report?.sampledAt === ms);
      assert.is((await host()).online, true, `${ms} ms`);
    }
    let hasClosed = false;
    void agent.closed.then(() => {
      hasClosed = true;
    });
    clock.advance(35_000);
    await waitFor('the end of a connection that is silent', () => hasClosed);
  } finally {
    await app.close();
  }
});

test('a host that sends too much is read more slowly: nothing is lost, one event says so, and it stays connected', async () => {
  const clock = createFakeClock();
  const app = await startTestApp({ clock });
  try {
    const { hostId, token } = await app.addHost('chatty');
    const { token: other } = await app.addHost('quiet');
    const agent = await app.connect(token);
    const quiet = await app.connect(other);
    const seen = async (path: string) => JSON.parse((await app.request('GET', path)).text);
    const began = clock.monotonic();
    const FRAMES = 4_000;
    for (let n = 1; n <= FRAMES; n += 1) agent.heartbeat({ generation: n });
    const report = async () => (await seen(`/api/hosts/${hostId}`)).report;
    await waitFor('a beginning of it', async () => (await report()).generation !== null);
    quiet.heartbeat({ generation: 7 });
    await waitFor('what the other host says', async () => (await seen('/api/hosts/quiet')).report.generation === 7);
    assert.ok((await report()).generation < FRAMES, 'not all of it was read by then');
    await waitFor('all of it', async () => {
      clock.advance(100);
      return (await report()).generation === FRAMES;
    });
    assert.ok(clock.monotonic() - began > 2_000, 'it took its time');
    assert.is((await seen(`/api/hosts/${hostId}`)).online, true);
    const { items } = await seen('/api/events?host=chatty');
    assert.is(items.filter(({ code }: { code: string }) => code === 'frames_slowed').length, 1);
    await leave(agent, clock);
  } finally {
    await app.close();
  }
});

test("a reconnect does not reset a host's spent budget, and a paused connection can be closed", async () => {
  const clock = createFakeClock();
  const app = await startTestApp({ clock });
  try {
    const { token } = await app.addHost('chatty');
    const agent = await app.connect(token);
    for (let n = 0; n < 3_000; n += 1) agent.heartbeat({ generation: n });
    await waitFor('the pause', () => slowed(app));
    const { hello } = agent;
    const second = await app.connect(token, { hello });
    assert.is((await agent.closed).code, 4409);
    await second.close();
    const third = await app.connect(token, { hello });
    third.heartbeat({ generation: 9_999 });
    const generation = async () => JSON.parse((await app.request('GET', '/api/hosts/chatty')).text).report.generation;
    await waitFor(
      'the second word of it',
      async () => (await app.request('GET', EVENTS)).text.match(SLOWED)?.length === 2,
    );
    assert.is.not(await generation(), 9_999);
    clock.advance(5_000);
    await waitFor('its heartbeat', async () => (await generation()) === 9_999);
    await leave(third, clock);
  } finally {
    await app.close();
  }
});

test('a kill that the host has done does not fail, although its frame waits behind many earlier ones', async () => {
  const clock = createFakeClock();
  const app = await startTestApp({ clock });
  try {
    const { token } = await app.addHost('chatty');
    const agent = await app.connect(token);
    const { results } = await app.dispatch({ op: 'check-version', hosts: ['chatty'] });
    const id = results[0]?.commandId ?? '';
    await agent.next('command.run');
    agent.send('command.accepted', { id });
    await waitFor('its start', async () => (await app.command(id)).status === 'EXECUTING');
    await app.dispatch({ op: 'kill', hosts: ['chatty'], options: { commandId: id, graceMs: 1_000 } });
    await agent.next('command.kill');
    for (let n = 0; n < 20_000; n += 1) agent.pong();
    await waitFor('the pause', () => slowed(app));
    const kill = { termAt: 1, killAt: null };
    agent.send('command.exited', {
      id,
      exitCode: null,
      signal: 'SIGTERM',
      lost: false,
      startedAt: 1,
      endedAt: 2,
      outputBytes: 0,
      kill,
    });
    clock.advance(17_000);
    assert.is((await app.command(id)).code, null, 'its time is over, and the word was not read');
    const end = await waitFor('its end', async () => {
      clock.advance(500);
      const command = await app.command(id);
      return (command.status !== 'KILLING' || command.code !== null) && command;
    });
    assert.equal([end.status, end.code], ['KILLED', 'killed']);
    await leave(agent, clock);
  } finally {
    await app.close();
  }
});

test('a host that never stops sending delays no deadline for ever, and one that is read in time delays none', async () => {
  const rig = createRig();
  try {
    const session = rig.connect(rig.addHost('web1'));
    const reach = () => {
      const id = rig.dispatch('check-version', 'web1');
      accept(rig, session, id);
      return id;
    };
    const hasTimedOut = (id: string) => rig.command(id).timeoutStatus === 'TIMED_OUT';
    const run = (ms: number) => {
      rig.clock.advance(ms);
      rig.turn();
    };
    const id = reach();
    session.unread = rig.clock.monotonic();
    run(60_000);
    assert.is(rig.command(id).timeoutStatus, 'NORMAL');
    session.unread = rig.clock.monotonic();
    run(200);
    assert.is(rig.command(id).timeoutStatus, 'WARNING', 'all is read that was said before it');
    session.unread = 0;
    run(500_000);
    assert.not.ok(hasTimedOut(id));
    run(200_000);
    assert.ok(hasTimedOut(id));
  } finally {
    rig.close();
  }
});

test('frames count by their cost: a few long ones as much as many short ones, and pongs count too', async () => {
  const clock = createFakeClock();
  const app = await startTestApp({ clock });
  try {
    const ways: Record<string, (agent: FakeAgent) => void> = {
      long: (agent) => agent.sendRaw(`{"type":"of another version","payload":"${'x'.repeat(1_000_000)}"}`),
      ponging: (agent) => agent.pong(),
    };
    for (const [name, say] of Object.entries(ways)) {
      const { token } = await app.addHost(name);
      const agent = await app.connect(token);
      for (let n = 0; n < (name === 'long' ? 4 : 3_000); n += 1) say(agent);
      const events = async () => (await app.request('GET', `/api/events?host=${name}`)).text;
      await waitFor(`${name}: the pause`, async () => (await events()).includes('frames_slowed'));
      await leave(agent, clock);
    }
  } finally {
    await app.close();
  }
});

const EVENTS = '/api/events?host=chatty';
const SLOWED = /frames_slowed/g;

const slowed = async (app: TestApp): Promise<boolean> =>
  (await app.request('GET', EVENTS)).text.includes('frames_slowed');

test('a flood of frames about unknown commands costs no write each', async () => {
  let writes = 0;
  const app = await startTestApp({
    store: (store) => ({
      ...store,
      write: (parts, heard) => {
        writes += 1;
        store.write(parts, heard);
      },
    }),
  });
  try {
    const { token } = await app.addHost('chatty');
    const agent = await app.connect(token);
    const before = writes;
    for (let n = 0; n < 300; n += 1) {
      const id = newId();
      agent.send('command.exited', sampleExit(id));
      agent.send('command.rejected', { id, code: 'killed_before_start', message: '' });
      agent.send('command.killing', { id, stage: 'term', survivors: 0, at: 1 });
      agent.send('command.progress', { id, phase: 'x' });
      agent.output(id, 0, 'x');
    }
    const last = newId();
    agent.send('command.exited', sampleExit(last));
    await waitFor('the last acknowledgement', () =>
      agent.frames.some(({ type, payload }) => type === 'command.exited.ack' && payload.id === last),
    );
    assert.ok(writes - before < 5, `${writes - before} writes`);
  } finally {
    await app.close();
  }
});

test.run();
