import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withStore } from '../fixtures/records.ts';
import { openStore } from './store.ts';

test('written data is there after a close and an open', () =>
  withStore((store, dataDir) => {
    store.hosts.create({ id: 'id', name: 'web1', tags: [], tokenHash: 'hash', createdAt: 1 });
    store.probe();
    store.close();
    const again = openStore({ dataDir });
    again.probe();
    assert.is(again.hosts.byName('web1')?.id, 'id');
    again.close();
  }));

test('a probe fails where the store cannot be written', () =>
  withStore((store) => {
    store.probe();
    store.close();
    assert.throws(() => store.probe());
  }));

test.run();
