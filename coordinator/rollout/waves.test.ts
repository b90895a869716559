import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Candidate, DEFAULT_WAVES, freezeWaves, type WaveSelection } from './waves.ts';

const fleet = (count: number, online: (index: number) => boolean = () => true): Candidate[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `h${index}`,
    name: `host-${String(index).padStart(4, '0')}`,
    online: online(index),
  }));

const counted = (...plans: Omit<WaveSelection, 'names'>[]): WaveSelection[] =>
  plans.map((plan) => ({ ...plan, names: null }));
const sizes = (count: number, selections: WaveSelection[]) =>
  freezeWaves(fleet(count), selections).map(({ hosts }) => hosts.length);

test('without a plan one host goes first, then a tenth, a half, and the rest', () => {
  assert.equal(sizes(100, counted(...DEFAULT_WAVES)), [1, 10, 50, 39]);
});

test('a small fleet leaves empty waves out', () => {
  assert.equal(sizes(1, counted(...DEFAULT_WAVES)), [1]);
  assert.equal(sizes(2, counted(...DEFAULT_WAVES)), [1, 1]);
  assert.equal(sizes(5, counted(...DEFAULT_WAVES)), [1, 1, 3]);
  assert.equal(sizes(0, counted(...DEFAULT_WAVES)), []);
});

test('percent is of all hosts, rounded up', () => {
  assert.equal(sizes(45, counted({ percent: 10 }, { percent: 10 })), [5, 5, 35]);
  assert.equal(sizes(3, counted({ percent: 1 }, { percent: 100 })), [1, 2]);
});

test('the last wave has no soak unless its plan gives one', () => {
  assert.equal(
    freezeWaves(fleet(3), counted({ count: 1 }, { count: 1, soakMs: 5 })).map(({ soakMs }) => soakMs),
    [300_000, 5, 0],
  );
  assert.equal(
    freezeWaves(fleet(2), counted({ count: 1 }, { count: 1, soakMs: 7 })).map(({ soakMs }) => soakMs),
    [300_000, 7],
  );
});

test('online hosts go first, then by name', () => {
  const waves = freezeWaves(
    fleet(4, (index) => index % 2 === 1),
    counted({ count: 1 }, { count: 2 }),
  );
  assert.equal(
    waves.map(({ hosts }) => hosts),
    [['h1'], ['h3', 'h0'], ['h2']],
  );
});

test('hosts that a wave names are in no later wave', () => {
  const canary: WaveSelection = { name: 'canary', names: ({ id }) => id === 'h3', approve: true };
  const waves = freezeWaves(fleet(4), [canary, { names: ({ id }) => id !== 'h0', count: 1 }]);
  assert.equal(
    waves.map(({ name, hosts, approve }) => [name, hosts, approve]),
    [
      ['canary', ['h3'], true],
      ['wave 2', ['h1'], false],
      ['wave 3', ['h0', 'h2'], false],
    ],
  );
});

test('each host is in exactly one wave, and none is empty', () => {
  const selection: fc.Arbitrary<WaveSelection> = fc.oneof(
    fc.record({ count: fc.integer({ min: 1, max: 20 }), names: fc.constant(null) }),
    fc.record({ percent: fc.integer({ min: 1, max: 100 }), names: fc.constant(null) }),
    fc
      .integer({ min: 1, max: 5 })
      .map((modulus): WaveSelection => ({ names: ({ id }) => Number(id.slice(1)) % modulus === 0 })),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.array(selection, { maxLength: 8 }), (count, selections) => {
      const waves = freezeWaves(fleet(count), selections);
      const placed = waves.flatMap(({ hosts }) => hosts);
      assert.is(placed.length, count);
      assert.is(new Set(placed).size, count);
      assert.ok(waves.every(({ hosts, index }, at) => hosts.length > 0 && index === at));
    }),
  );
});

test.run();
