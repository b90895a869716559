import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createSilence, type Silence } from './silence.ts';

function silent(silence: Silence<string>, now: number): [string, number][] {
  const told: [string, number][] = [];
  silence.look(now, 10, (one, silentMs) => void told.push([one, silentMs]));
  return told;
}

test('only connections that were silent for the time are reported, each with its silence', () => {
  const silence = createSilence<string>();
  const early = silence.add('early', 0);
  silence.add('late', 5);
  assert.equal(silent(silence, 9), []);
  assert.equal(silent(silence, 10), [['early', 10]]);
  silence.heard(early, 12);
  assert.equal(silent(silence, 21), [['late', 16]]);
});

test('a dropped connection is not reported, and the next one gets its place', () => {
  const silence = createSilence<string>();
  const first = silence.add('first', 0);
  silence.add('second', 0);
  silence.drop(first);
  assert.equal(silent(silence, 50), [['second', 50]]);
  assert.is(silence.add('third', 45), first);
  assert.equal(silent(silence, 55), [
    ['third', 10],
    ['second', 55],
  ]);
});

test('thousands of connections get a place each', () => {
  const silence = createSilence<string>();
  const places = Array.from({ length: 3_000 }, (_, index) => silence.add(String(index), index));
  assert.is(new Set(places).size, 3_000);
  assert.equal(
    silent(silence, 2_009).map(([one]) => one),
    Array.from({ length: 2_000 }, (_, index) => String(index)),
  );
});

test.run();
