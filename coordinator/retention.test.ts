import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock, type FakeClock } from '../shared/time/fake-clock.ts';
import { createLog } from './config/log.ts';
import { sampleId } from './lifecycle/fixtures/sample.ts';
import { createRetention } from './retention.ts';
import { sampleRecord, withStore } from './store/fixtures/records.ts';
import type { SqliteStore } from './store/sqlite/store.ts';

const DAY = 24 * 3_600_000;
const log = createLog('silent');

/** Runs everything that waits only for promises, and the pauses between batches. */
async function settle(clock: FakeClock): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise(setImmediate);
    clock.advance(20);
  }
}

const saveEnded = (store: SqliteStore, n: number, finishedAt: number, open = false) =>
  store.commands.save(sampleRecord({ id: sampleId(n), status: 'ERROR', finishedAt }, open));

test('old commands go with their output, but no active or open one', () =>
  withStore(async (store) => {
    const clock = createFakeClock(100 * DAY);
    saveEnded(store, 1, 69 * DAY);
    saveEnded(store, 2, 71 * DAY);
    saveEnded(store, 3, 60 * DAY, true);
    store.commands.save(sampleRecord({ id: sampleId(4), status: 'EXECUTING', createdAt: DAY }));
    const removed: string[] = [];
    const outputs = { remove: async (id: string) => void removed.push(id), sweep: async () => {} };
    const retention = createRetention({ clock, log, store, outputs, commandDays: 30, eventDays: 7, auditDays: 365 });
    await settle(clock);
    const left = [1, 2, 3, 4].filter((n) => store.commands.get(sampleId(n)) !== null);
    assert.equal(left, [2, 3, 4]);
    assert.equal(removed, [sampleId(1)]);
    await retention.close();
    assert.is(clock.pending(), 0);
  }));

test('no command of a kept rollout goes, however old', () =>
  withStore(async (store) => {
    const clock = createFakeClock(100 * DAY);
    saveEnded(store, 1, 39 * DAY);
    saveEnded(store, 2, 41 * DAY);
    const outputs = { remove: async () => {}, sweep: async () => {} };
    const retention = createRetention({
      clock,
      log,
      outputs,
      commandDays: 30,
      eventDays: 7,
      auditDays: 365,
      store: { retention: { ...store.retention, oldestRollout: () => 40 * DAY } },
    });
    await settle(clock);
    assert.equal(
      [1, 2].filter((n) => store.commands.get(sampleId(n)) !== null),
      [2],
    );
    await retention.close();
  }));

test('many go in batches, with a pause after each, and new ones an hour later', () =>
  withStore(async (store) => {
    const clock = createFakeClock(100 * DAY);
    store.transaction(() => {
      for (let n = 1; n <= 250; n += 1) saveEnded(store, n, n);
    });
    const outputs = { remove: async () => {}, sweep: async () => {} };
    const retention = createRetention({ clock, log, store, outputs, commandDays: 30, eventDays: 7, auditDays: 365 });
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    assert.is(store.commands.list({ limit: 999 }).items.length, 150, 'one batch, and then it waits');
    await settle(clock);
    assert.is(store.commands.list({ limit: 999 }).items.length, 0);
    saveEnded(store, 1, 1);
    clock.advance(3_600_000);
    await settle(clock);
    assert.is(store.commands.list({ limit: 999 }).items.length, 0);
    await retention.close();
  }));

test('events, kept answers, and dispatches without a command go too', () =>
  withStore(async (store) => {
    const clock = createFakeClock(100 * DAY);
    const event = { level: 'info', category: 'system', actor: 'system', hostId: null, commandId: null } as const;
    for (const at of [92 * DAY, 94 * DAY]) store.events.append({ ...event, at, code: 'c', message: 'm', next: null });
    const answer = { actor: 'admin', bodyHash: 'h', status: 202, answer: '{}' };
    store.dispatches.keepAnswer({ ...answer, key: 'old', at: 98 * DAY });
    store.dispatches.keepAnswer({ ...answer, key: 'new', at: 99.5 * DAY });
    const dispatch = { op: 'pull', requestedBy: 'admin', createdAt: DAY, results: [] };
    store.dispatches.save({ ...dispatch, id: 'empty' });
    store.dispatches.save({ ...dispatch, id: sampleId(2) });
    saveEnded(store, 1, 99 * DAY);
    const outputs = { remove: async () => {}, sweep: async () => {} };
    const retention = createRetention({ clock, log, store, outputs, commandDays: 30, eventDays: 7, auditDays: 365 });
    await settle(clock);
    assert.equal(
      store.events.list({ first: 'oldest', limit: 9 }).items.map(({ at }) => at / DAY),
      [94],
    );
    assert.is(store.dispatches.keptAnswer('admin', 'old', 0), null);
    assert.is(store.dispatches.keptAnswer('admin', 'new', 0)?.key, 'new');
    assert.is(store.dispatches.get('empty'), null);
    assert.is(store.dispatches.get(sampleId(2))?.op, 'pull');
    await retention.close();
  }));

test('an output that cannot be deleted keeps its command, and both go later', () =>
  withStore(async (store) => {
    const clock = createFakeClock(100 * DAY);
    saveEnded(store, 1, 1);
    let broken = true;
    const outputs = {
      async sweep() {},
      async remove() {
        if (broken) throw new Error('no');
      },
    };
    const retention = createRetention({ clock, log, store, outputs, commandDays: 30, eventDays: 7, auditDays: 365 });
    await settle(clock);
    assert.ok(store.commands.get(sampleId(1)));
    broken = false;
    clock.advance(3_600_000);
    await settle(clock);
    assert.is(store.commands.get(sampleId(1)), null);
    await retention.close();
  }));

test("people's events are kept for their own, longer time", () =>
  withStore(async (store) => {
    const clock = createFakeClock(400 * DAY);
    const event = { level: 'info', actor: 'admin', hostId: null, commandId: null, code: 'x', next: null } as const;
    for (const category of ['audit', 'system'] as const)
      for (const day of [30, 40, 392, 394])
        store.events.append({ ...event, category, at: day * DAY, message: `${day}` });
    const outputs = { remove: async () => {}, sweep: async () => {} };
    const retention = createRetention({ clock, log, store, outputs, commandDays: 30, eventDays: 7, auditDays: 365 });
    await settle(clock);
    assert.equal(
      store.events.list({ first: 'oldest', limit: 9 }).items.map(({ category, message }) => `${category} ${message}`),
      ['audit 40', 'audit 392', 'audit 394', 'system 394'],
    );
    await retention.close();
  }));

test.run();
