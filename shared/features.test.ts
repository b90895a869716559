import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { featuresMissing } from './features.ts';

test('an op without options needs nothing, but preview', () => {
  assert.equal(featuresMissing('pull-switch', {}, []), []);
  assert.equal(featuresMissing('preview', {}, []), ['preview']);
});

test('each option needs its feature, named once, unless the other side named it', () => {
  const options = { guard: 'on', confirmMs: 5000, keep: 'proof', commit: 'a'.repeat(40), allowOlder: true };
  assert.equal(featuresMissing('pull-switch', options, []), ['guard', 'commit']);
  assert.equal(featuresMissing('pull-switch', options, ['guard', 'a feature of next year']), ['commit']);
  assert.equal(featuresMissing('pull-switch', options, ['commit', 'guard']), []);
});

test('a switch to what was previewed needs an agent that previews', () => {
  assert.equal(featuresMissing('pull-switch', { builtPath: '/nix/store/x' }, ['commit']), ['preview']);
});

test('what every object has is no option of its own', () => {
  assert.equal(featuresMissing('constructor', { toString: 1, hasOwnProperty: 2 }, []), []);
});

test.run();
