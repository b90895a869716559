import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { keyFor, seal, unseal } from './seal.ts';

const key = keyFor('a secret', 'tests');

test('sealed text is read with its key and no other', () => {
  for (const text of ['', 'x', 'Änn 🦊', 'y'.repeat(100_000)]) {
    const sealed = seal(key, text);
    assert.is(unseal(key, sealed), text);
    assert.is(unseal(keyFor('a secret', 'something else'), sealed), null);
    assert.is(unseal(keyFor('another secret', 'tests'), sealed), null);
  }
});

test('changed, cut and foreign text is refused', () => {
  const sealed = seal(key, 'the text');
  const bytes = Buffer.from(sealed, 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.is(unseal(key, changed.toString('base64url')), null, `byte ${at}`);
    assert.is(unseal(key, bytes.subarray(0, at).toString('base64url')), null, `cut at ${at}`);
  }
  for (const text of ['', '.', 'no seal', '%00', 'x'.repeat(4096)]) assert.is(unseal(key, text), null);
});

test('sealing a text twice gives two results', () => {
  assert.is.not(seal(key, 'x'), seal(key, 'x'));
});

test.run();
