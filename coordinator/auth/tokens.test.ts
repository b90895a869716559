import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hashToken, newToken, tokenMatches } from './tokens.ts';

test('a token matches its own hash, and nothing else does', () => {
  const token = newToken();
  const hash = hashToken(token);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.is(tokenMatches(token, hash), true);
  for (const wrong of ['', `${token}x`, token.slice(1), newToken(), hash]) assert.is(tokenMatches(wrong, hash), false);
});

test('tokens are 256 bits and differ', () => {
  assert.is(Buffer.from(newToken(), 'base64url').length, 32);
  assert.is.not(newToken(), newToken());
});

test.run();
