import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { reuse } from './reuse.ts';

const report = (change: object = {}) => ({
  generation: 1,
  running: null as unknown,
  freshness: { storePath: '/nix/store/a', binaryHash: 'b' },
  names: ['one', 'two'],
  ...change,
});

test('an equal value is the one before', () => {
  const before = report();
  assert.is(reuse(before, report()), before);
  assert.is(reuse(null, null), null);
});

test('a value that differs keeps the equal parts of the one before', () => {
  const before = report();
  const now = reuse(before, report({ generation: 2 }));
  assert.equal(now, report({ generation: 2 }));
  assert.is.not(now, before);
  assert.is(now.freshness, before.freshness);
  assert.is(now.names, before.names);
  const other = reuse(before, report({ freshness: { storePath: '/nix/store/z', binaryHash: 'b' } }));
  assert.is(other.freshness.storePath, '/nix/store/z');
  assert.is(before.freshness.storePath, '/nix/store/a');
});

for (const [what, before, now] of [
  ['a part more', {}, { a: null }],
  ['a part less', { a: null }, {}],
  ['another name', { a: null }, { b: null }],
  ['a list in place of parts', { list: {} }, { list: [] }],
  ['a shorter list', { list: [1, 2] }, { list: [1] }],
  ['null in place of parts', { a: {} }, { a: null }],
  ['parts in place of null', { a: null }, { a: {} }],
  ['an inherited name', {}, JSON.parse('{"__proto__": null, "constructor": null}')],
  ['parts under an inherited name', { a: {} }, JSON.parse('{"__proto__": {}}')],
] as const)
  test(`${what} is a difference`, () => {
    const wanted = structuredClone(now);
    const got = reuse(before, now);
    assert.is.not(got, before);
    assert.equal(got, wanted);
  });

test.run();
