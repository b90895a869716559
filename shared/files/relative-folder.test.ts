import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseRelativeFolder } from './relative-folder.ts';

for (const [text, expected] of [
  ['nix', 'nix'],
  ['./nix/hosts//', 'nix/hosts'],
  ['a/../b', undefined],
  ['  ', undefined],
  ['.', ''],
  ['a b#c?d', 'a b#c?d'],
  ['..a', '..a'],
  ['', undefined],
  ['/etc', undefined],
  ['..', undefined],
  ['a/../../b', undefined],
  ['a\nb', undefined],
  ['a\0', undefined],
] as const)
  test(`${JSON.stringify(text)} is ${JSON.stringify(expected)}`, () => assert.is(parseRelativeFolder(text), expected));

test.run();
