import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createHostIndex } from './host-index.ts';

const names = (hosts: readonly { name: string }[]): string => hosts.map(({ name }) => name).join();

test('a renamed host is found only by its new name, and is sorted by it', () => {
  const index = createHostIndex<{ id: string; name: string }>();
  const web = { id: '1', name: 'web' };
  index.put(web);
  index.put({ id: '2', name: 'db' });
  assert.is(names(index.inOrderOfNames()), 'db,web');
  index.rename(web, 'app');
  assert.is(index.byName('web'), null);
  assert.is(index.byName('app'), web);
  assert.is(names(index.inOrderOfNames()), 'app,db');
  assert.is(names(index.inOrder()), 'app,db');
});

test('the name of a dropped host may have passed to another', () => {
  const index = createHostIndex<{ id: string; name: string }>();
  const old = { id: '1', name: 'web' };
  const heir = { id: '2', name: 'web' };
  index.put(old);
  index.put(heir);
  index.drop(old);
  assert.is(index.byName('web'), heir);
  assert.is(index.byId('1'), null);
  assert.equal(index.inOrder(), [heir]);
});

test('a list is rebuilt only after a change', () => {
  const index = createHostIndex<{ id: string; name: string }>();
  index.put({ id: '1', name: 'web' });
  const before = [index.inOrder(), index.inOrderOfNames()];
  assert.is(index.inOrder(), before[0]);
  assert.is(index.inOrderOfNames(), before[1]);
  index.put({ id: '2', name: 'db' });
  assert.is(names(index.inOrder()), 'web,db');
  assert.is(names(index.inOrderOfNames()), 'db,web');
});

test.run();
