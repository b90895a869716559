import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { featuresMissing } from './features.ts';

test('without options only preview needs a feature', () => {
  assert.equal(featuresMissing('pull-switch', {}, []), []);
  assert.equal(featuresMissing('preview', {}, []), ['preview']);
});

test('each option needs its feature, named once, unless the other side named it', () => {
  const options = { guard: 'on', confirmMs: 5000, keep: 'proof', commit: 'a'.repeat(40), allowOlder: true };
  assert.equal(featuresMissing('pull-switch', options, []), ['guard', 'commit']);
  assert.equal(featuresMissing('pull-switch', options, ['guard', 'a feature of next year']), ['commit']);
  assert.equal(featuresMissing('pull-switch', options, ['commit', 'guard']), []);
});

test('a switch to a previewed system needs an agent with `preview`', () => {
  assert.equal(featuresMissing('pull-switch', { builtPath: '/nix/store/x' }, ['commit']), ['preview']);
});

test('built-in properties are not options', () => {
  assert.equal(featuresMissing('constructor', { toString: 1, hasOwnProperty: 2 }, []), []);
});

test.run();
