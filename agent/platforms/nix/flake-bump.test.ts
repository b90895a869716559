import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { takesInputs } from './flake-bump.ts';

for (const [text, expected] of [
  ['nix (Nix) 2.8.0', false],
  ['nix (Nix) 2.18.9', false],
  ['nix (Nix) 2.19.0', true],
  ['nix (Nix) 2.30pre20250521_6c1ce2e2', true],
  ['nix (Nix) 3.0.0', true],
  ['nix (Determinate Nix 3.6.2) 2.18.1', false],
  ['nix (Lix, like Nix) 2.93.0', true],
  ['', false],
] as const)
  test(`the form of the update that '${text}' takes follows from its version`, () => {
    assert.is(takesInputs(text), expected);
  });

test.run();
