import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { doomedGenerations, freedBytes } from './garbage.ts';

const DAY = 86_400_000;
const now = 100 * DAY;
const generation = (number: number, ageDays: number) => ({
  number,
  path: `/nix/store/${number}`,
  specialisations: [],
  at: now - ageDays * DAY,
});
const ALL = [generation(1, 50), generation(2, 40), generation(3, 30), generation(4, 2), generation(5, 1)];
const doomed = (keepGenerations: number | null, olderThanDays: number | null, needed: number[] = [5]) =>
  doomedGenerations(ALL, { keepGenerations, olderThanDays, now }, ({ number }) => needed.includes(number));

test('the newest stay; of the others the old ones go', () => {
  assert.equal(doomed(2, null), [1, 2, 3]);
  assert.equal(doomed(null, 35), [1, 2]);
  assert.equal(doomed(4, 35), [1], 'both are asked for');
  assert.equal(doomed(1, 0), [1, 2, 3, 4]);
});

test('without options no generation goes, and a needed one never does', () => {
  assert.equal(doomed(null, null), []);
  assert.equal(doomed(1, null, [1, 3, 5]), [2, 4]);
});

test("nix's freed bytes are read", () => {
  assert.is(freedBytes('12 store paths deleted, 3.50 MiB freed'), 3_670_016);
  assert.is(freedBytes('1 store paths deleted, 1.25 GiB freed'), 1_342_177_280);
  assert.is(freedBytes('0 store paths deleted, 0.00 MiB freed'), 0);
  assert.is(freedBytes('0 store paths deleted, 0 bytes freed'.replace('0 bytes', '0 B')), 0);
  assert.is(freedBytes('error: something'), null);
});

test.run();
