import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../shared/model/command.ts';
import type { Dispatch } from '../shared/model/dispatch.ts';
import type { Event } from '../shared/model/event.ts';
import type { Host } from '../shared/model/host.ts';
import { startTestApp } from './fixtures/test-app.ts';
import { SAMPLE_HOST, sampleId } from './lifecycle/fixtures/sample.ts';
import { addHost, sampleRecord, withStore } from './store/fixtures/records.ts';
import { openStore, type SqliteStore } from './store/sqlite/store.ts';

const GARBAGE: readonly string[] = [
  '\u0000\ufffd{{',
  '{"command":{"id":"',
  '{}',
  'null',
  '{"command":{"id":5},"policy":[],"open":1}',
];
const OTHER_HOST = '00000000-0000-4000-8000-000000000002';
const [RUNNING, ENDED, SOUND, QUEUED, DISPATCH] = [1, 2, 3, 4, 9].map(sampleId) as [
  string,
  string,
  string,
  string,
  string,
];

/** Too young to be deleted for its age. */
const LATER = 2 ** 45;

function fill(store: SqliteStore): void {
  addHost(store);
  addHost(store, OTHER_HOST, 'web2');
  const dispatchId = DISPATCH;
  store.commands.save(sampleRecord({ id: RUNNING, dispatchId, status: 'EXECUTING', dispatchedAt: LATER }, true));
  store.commands.save(sampleRecord({ id: ENDED, dispatchId, status: 'ERROR', finishedAt: LATER }));
  store.commands.save(sampleRecord({ id: SOUND, dispatchId, status: 'SUCCESS', finishedAt: LATER }));
  store.commands.save(
    sampleRecord({ id: QUEUED, dispatchId, hostId: OTHER_HOST, status: 'QUEUED', queuedUntil: LATER }),
  );
  store.dispatches.save({ id: DISPATCH, op: 'pull', requestedBy: 'admin', createdAt: LATER, results: [] });
}

function overwrite(dataDir: string, sql: string, text: string): void {
  const db = new DatabaseSync(join(dataDir, 'switchyard.db'));
  db.prepare(sql).run(text);
  db.close();
}

/** A coordinator whose store was damaged by `sql` before it started. */
async function withDamaged(
  sql: string,
  text: string,
  use: (app: Awaited<ReturnType<typeof startTestApp>>) => Promise<void>,
): Promise<void> {
  await withStore(async (store, dataDir) => {
    fill(store);
    store.close();
    overwrite(dataDir, sql, text);
    for (const start of ['first', 'second']) {
      const app = await startTestApp({ dataDir });
      try {
        await use(app);
        const { items } = (await app.request('GET', '/api/events')).body as { items: Event[] };
        assert.is(items.filter(({ code }) => code === 'damaged_record').length, 1, `told once, ${start} start`);
      } finally {
        await app.stop();
      }
    }
  });
}

for (const text of GARBAGE) {
  test(`a damaged running command is LOST, frees its slot and hides no other: ${text}`, () =>
    withDamaged(`UPDATE commands SET record = ? WHERE id = '${RUNNING}'`, text, async ({ request }) => {
      const { items } = (await request('GET', '/api/commands')).body as { items: Command[] };
      assert.equal(
        items.map(({ id, status, code }) => [id, status, code]),
        [
          [QUEUED, 'QUEUED', null],
          [SOUND, 'SUCCESS', null],
          [ENDED, 'ERROR', null],
          [RUNNING, 'LOST', 'damaged_record'],
        ],
      );
      const hosts = ((await request('GET', '/api/hosts')).body as { items?: Host[] }).items ?? [];
      assert.equal(
        hosts.map(({ activeCommandId }) => activeCommandId),
        [null, null],
      );
      const one = (await request('GET', `/api/commands/${RUNNING}`)).body as {
        history: { to: string; cause: string }[];
      };
      assert.equal(
        one.history.map(({ to, cause }) => [to, cause]),
        [['LOST', 'damaged_record']],
      );
    }));

  test(`a damaged ended command keeps its status: ${text}`, () =>
    withDamaged(`UPDATE commands SET record = ? WHERE id = '${ENDED}'`, text, async ({ request }) => {
      const { items } = (await request('GET', '/api/commands')).body as { items: Command[] };
      const damaged = items.find(({ id }) => id === ENDED);
      assert.equal(
        [damaged?.status, damaged?.op, damaged?.hostId, damaged?.code],
        ['ERROR', 'pull', SAMPLE_HOST, 'damaged_record'],
      );
      assert.is(items.length, 4);
    }));

  test(`a host with damaged tags or a damaged hello is listed with the others: ${text}`, async () => {
    for (const column of ['tags', 'hello'])
      await withDamaged(`UPDATE hosts SET ${column} = ? WHERE id = '${SAMPLE_HOST}'`, text, async ({ request }) => {
        const body = (await request('GET', '/api/hosts')).body as { items: Host[] };
        assert.equal(
          body.items.map(({ name, tags, report }) => [name, tags, report]),
          [
            ['web1', [], null],
            ['web2', [], null],
          ],
        );
      });
  });

  test(`a damaged dispatch is shown by its commands: ${text}`, () =>
    withDamaged(`UPDATE dispatches SET dispatch = ? WHERE id = '${DISPATCH}'`, text, async ({ request }) => {
      const dispatch = (await request('GET', `/api/dispatches/${DISPATCH}`)).body as Dispatch;
      assert.is(dispatch.op, 'pull');
      assert.equal(
        dispatch.results.map(({ commandId }) => commandId),
        [RUNNING, ENDED, SOUND, QUEUED],
      );
    }));
}

for (const word of ['GARBAGE', '', 'SUCCES', 'success', '\ufffd'])
  test(`an unknown status is restored from the rest of the record, and no list breaks: ${word}`, () =>
    withDamaged(`UPDATE commands SET status = ? WHERE id IN ('${RUNNING}')`, word, async ({ request }) => {
      const { items } = (await request('GET', '/api/commands')).body as { items: Command[] };
      assert.is(items.find(({ id }) => id === RUNNING)?.status, 'EXECUTING');
      assert.is(items.length, 4);
      const active = (await request('GET', '/api/commands?active=true')).body as { items: Command[] };
      assert.equal(
        active.items.map(({ id }) => id),
        [QUEUED, RUNNING],
      );
      const { activeCommandId } = (await request('GET', '/api/hosts/web1')).body as Host;
      assert.is(activeCommandId, RUNNING);
    }));

test('a command with a damaged status and a damaged record is LOST', () =>
  withDamaged(
    `UPDATE commands SET status = 'GARBAGE', record = ? WHERE id = '${ENDED}'`,
    '{"half',
    async ({ request }) => {
      const { items } = (await request('GET', '/api/commands?status=LOST')).body as { items: Command[] };
      assert.equal(
        items.map(({ id, code }) => [id, code]),
        [[ENDED, 'damaged_record']],
      );
    },
  ));

test('damaged values in history and events break no list', () =>
  withStore(async (store, dataDir) => {
    fill(store);
    const entry = { at: 1, from: 'PENDING', to: 'EXECUTING', timeoutStatus: 'NORMAL', cause: 'accepted' } as const;
    store.history.append(RUNNING, { ...entry, code: null });
    store.close();
    overwrite(
      dataDir,
      'UPDATE history SET from_status = ?, to_status = from_status || 1, timeout_status = 2',
      'GARBAGE',
    );
    const before = await startTestApp({ dataDir });
    await before.addHost('web3');
    await before.stop();
    overwrite(dataDir, 'UPDATE events SET level = ?, category = level || 1', 'GARBAGE');
    const app = await startTestApp({ dataDir });
    try {
      const { items } = (await app.request('GET', '/api/events')).body as { items: Event[] };
      assert.equal([items[0]?.level, items[0]?.category], ['error', 'system']);
      const { history } = (await app.request('GET', `/api/commands/${RUNNING}`)).body as { history: object[] };
      assert.equal(history, [{ ...entry, from: null, to: 'LOST', code: 'damaged_record' }]);
    } finally {
      await app.stop();
    }
  }));

test('a damaged row stays as it is, for a person to repair', () =>
  withStore((store, dataDir) => {
    fill(store);
    store.close();
    overwrite(dataDir, `UPDATE commands SET record = ? WHERE id = '${RUNNING}'`, '{"half');
    const again = openStore({ dataDir });
    assert.equal(
      again.commands.live().map(({ command }) => command.id),
      [QUEUED],
    );
    again.close();
    const db = new DatabaseSync(join(dataDir, 'switchyard.db'));
    assert.is(db.prepare('SELECT record FROM commands WHERE id = ?').get(RUNNING)?.record, '{"half');
    db.close();
  }));

test.run();
