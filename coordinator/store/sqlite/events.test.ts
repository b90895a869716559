import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Event } from '../../../shared/model/event.ts';
import { withStore } from '../fixtures/records.ts';
import type { EventFilter } from '../port.ts';
import type { SqliteStore } from './store.ts';

const append = (store: SqliteStore, known: Partial<Event> = {}): Event =>
  store.events.append({
    at: 1,
    level: 'info',
    category: 'system',
    actor: 'system',
    hostId: null,
    commandId: null,
    code: 'host_online',
    message: 'web1 is online',
    next: null,
    ...known,
  });

const ids = (store: SqliteStore, filter: EventFilter) => store.events.list(filter).items.map(({ id }) => id);

test('an event is read back with its id', () =>
  withStore((store) => {
    const event = append(store, { hostId: 'h', commandId: 'c', next: 'wait', level: 'warn', category: 'audit' });
    assert.equal(store.events.list({ first: 'oldest', limit: 10 }), { items: [event], next: null });
  }));

test('read on from nothing, the pages give every event once and in order', () =>
  withStore((store) => {
    for (let i = 0; i < 5; i += 1) append(store);
    const first = store.events.list({ first: 'oldest', limit: 2 });
    assert.equal([first.items.map(({ id }) => id), first.next], [[1, 2], 2]);
    assert.equal(ids(store, { first: 'oldest', cursor: 2, limit: 2 }), [3, 4]);
    assert.equal(store.events.list({ first: 'oldest', cursor: 4, limit: 1 }).next, null);
    assert.equal(store.events.list({ first: 'oldest', cursor: 5, limit: 2 }), { items: [], next: null });
  }));

test('read back from the newest, the pages end at the oldest', () =>
  withStore((store) => {
    for (let i = 0; i < 5; i += 1) append(store);
    const page = store.events.list({ first: 'newest', limit: 3 });
    assert.equal([page.items.map(({ id }) => id), page.next], [[5, 4, 3], 3]);
    assert.equal(ids(store, { first: 'newest', cursor: 3, limit: 3 }), [2, 1]);
  }));

test('host, command and level filter, alone and together', () =>
  withStore((store) => {
    append(store, { hostId: 'a', level: 'warn' });
    append(store, { hostId: 'a', commandId: 'x' });
    append(store, { hostId: 'b', level: 'warn' });
    assert.equal(ids(store, { hostId: 'a', first: 'oldest', limit: 9 }), [1, 2]);
    assert.equal(ids(store, { commandId: 'x', first: 'oldest', limit: 9 }), [2]);
    assert.equal(ids(store, { level: 'warn', first: 'newest', limit: 9 }), [3, 1]);
    assert.equal(ids(store, { hostId: 'a', level: 'warn', first: 'oldest', cursor: 1, limit: 9 }), []);
  }));

test('an id is never used again, even once its event is deleted', () =>
  withStore((store) => {
    append(store, { at: 1 });
    append(store, { at: 1 });
    assert.is(store.retention.deleteEvents('system', 2, 10), 1, 'the newest stays');
    assert.is(append(store).id, 3);
  }));

test.run();
