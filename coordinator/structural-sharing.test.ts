import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sharedWith } from './structural-sharing.ts';

const copyOf = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));

/** As frames bring it, and no deeper than what is shared. */
const json = fc.jsonValue({ maxDepth: 3 }).map(copyOf);

test('what is shared is never another value than what came', () => {
  const property = fc.property(json, json, (before, next) => {
    const [kept, expected] = [copyOf(before), copyOf(next)];
    assert.equal(sharedWith(before, next), expected);
    assert.equal(before, kept);
  });
  fc.assert(property);
});

test('an equal value is the one from before', () => {
  const property = fc.property(json, (before) => assert.ok(sharedWith(before, copyOf(before)) === before));
  fc.assert(property);
});

test('parts that did not change are the ones from before', () => {
  const before = { sampledAt: 1, freshness: { hash: 'h' }, checks: { lock: { status: 'ok', checkedAt: 1 } } };
  const next = sharedWith(before, { ...copyOf(before), sampledAt: 2 });
  assert.is(next.sampledAt, 2);
  assert.ok(next.freshness === before.freshness);
  assert.ok(next.checks === before.checks);
});

test('a part that is missing, new, or a list instead of an object is not taken for equal', () => {
  assert.equal(sharedWith({ a: 1, b: 2 }, { a: 1 }), { a: 1 });
  assert.equal(sharedWith({ a: 1 }, { a: 1, b: undefined as unknown }), { a: 1, b: undefined });
  assert.equal(sharedWith<unknown>({}, []), []);
  assert.equal(sharedWith<unknown>({ 0: 'a' }, ['a']), ['a']);
});

test('a value of any depth is taken', () => {
  const deep = () => JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  const value = { deep: deep() };
  assert.ok(sharedWith({ deep: deep() }, value) === value);
});

test.run();
