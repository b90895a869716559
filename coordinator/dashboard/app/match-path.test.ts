import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { matchPath } from './match-path.ts';

test('a path matches part by part, and its words are decoded', () => {
  assert.equal(matchPath('/hosts/:name', '/hosts/web%2B1'), { name: 'web+1' });
  assert.equal(matchPath('/hosts', '/hosts'), {});
  assert.is(matchPath('/hosts/:name', '/hosts'), null);
  assert.is(matchPath('/hosts/:name', '/commands/1'), null);
});

test('a word that is not encoded as an address is taken as it is', () => {
  assert.equal(matchPath('/hosts/:name', '/hosts/50%'), { name: '50%' });
});

test.run();
