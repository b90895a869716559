import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import { newId } from '../shared/ids.ts';
import type { Command, HistoryEntry } from '../shared/model/command.ts';
import type { Host } from '../shared/model/host.ts';
import { createFakeClock } from '../shared/time/fake-clock.ts';
import { lateStore } from './fixtures/late-store.ts';
import { startTestApp, type TestApp } from './fixtures/test-app.ts';
import { sampleExit } from './lifecycle/fixtures/sample.ts';
import type { Store } from './store/port.ts';

/** Reads of a distant store that are overtaken by a write. */

test('a command that ends while its history is read is shown with the history of the shown status', async () => {
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const app = await startTestApp({
    store: (given) => {
      const store = lateStore(given);
      const of: typeof store.history.of = async (id) => {
        asked.resolve();
        await answer.promise;
        return store.history.of(id);
      };
      return { ...store, history: { of } };
    },
  });
  try {
    const { token } = await app.addHost('web1');
    const agent = await app.connect(token);
    await app.dispatch({ op: 'check-version', hosts: ['web1'] });
    const { id } = await agent.next('command.run');
    const view = async (): Promise<Command & { history: HistoryEntry[] }> =>
      (await app.request('GET', `/api/commands/${id}`)).body;
    const shown = view();
    await asked.promise;
    agent.send('command.exited', sampleExit(id));
    await agent.next('command.exited.ack');
    answer.resolve();
    const { status, history } = await shown;
    assert.equal([status, history.at(-1)?.to], ['PENDING', 'PENDING']);
    assert.is((await view()).history.at(-1)?.to, 'SUCCESS');
  } finally {
    answer.resolve();
    await app.close();
  }
});

/** An app whose next read of a host's token waits for `answer`. */
async function withHeldToken(use: (app: TestApp, held: { asked: Promise<void>; answer: () => void }) => Promise<void>) {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  let isHeld = true;
  const app = await startTestApp({
    store: (given) => {
      const store = lateStore(given);
      const idByTokenHash: typeof store.hosts.idByTokenHash = async (hash) => {
        const found = await store.hosts.idByTokenHash(hash);
        if (!isHeld) return found;
        isHeld = false;
        asked.resolve();
        await answer.promise;
        return found;
      };
      return { ...store, hosts: { ...store.hosts, idByTokenHash } };
    },
  });
  try {
    await use(app, { asked: asked.promise, answer: answer.resolve });
  } finally {
    answer.resolve();
    await app.close();
  }
}

test('a token replaced during its lookup lets nobody in', () =>
  withHeldToken(async (app, held) => {
    const { token } = await app.addHost('web1');
    const connecting = app.connect(token).then(
      () => 'connected',
      (error) => String(error),
    );
    await held.asked;
    await app.request('POST', '/api/hosts/web1/token', { body: {} });
    held.answer();
    assert.match(await connecting, /401/);
  }));

test('a token replaced with grace during its lookup is not taken for its successor', () =>
  withHeldToken(async (app, held) => {
    const { token } = await app.addHost('web1');
    const connecting = app.connect(token);
    await held.asked;
    await app.request('POST', '/api/hosts/web1/token', { body: { graceMs: 60_000 } });
    held.answer();
    await (await connecting).close();
    await app.connect(token);
  }));

test('a host whose frame waits for its record is not silent meanwhile', async () => {
  const clock = createFakeClock();
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const unknown = newId();
  const app = await startTestApp({
    clock,
    store: (store) => {
      const getAll: Store['commands']['getAll'] = (ids) => {
        if (!ids.includes(unknown)) return store.commands.getAll(ids);
        asked.resolve();
        return answer.promise.then(() => []);
      };
      return { ...store, commands: { ...store.commands, getAll } };
    },
  });
  try {
    const { token } = await app.addHost('web1');
    const agent = await app.connect(token);
    let hasClosed = false;
    void agent.closed.then(() => {
      hasClosed = true;
    });
    agent.send('command.accepted', { id: unknown });
    await asked.promise;
    clock.advance(60_000);
    answer.resolve();
    agent.heartbeat({ generation: 7 });
    const seen = async () => (await app.request('GET', '/api/hosts/web1')).body as Host;
    await waitFor('its next frame', async () => hasClosed || (await seen()).report?.generation === 7);
    assert.not(hasClosed);
  } finally {
    answer.resolve();
    await app.close();
  }
});

test.run();
