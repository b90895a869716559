import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { returnUrl } from './return-path.ts';

const HOME = 'https://fleet.example.com';

test("the browser returns to the coordinator's page, with its query", () => {
  assert.is(returnUrl(HOME, '/commands?status=error'), `${HOME}/commands?status=error`);
  assert.is(returnUrl(`${HOME}/sub`, '/hosts/web1'), `${HOME}/sub/hosts/web1`);
  assert.is(returnUrl(HOME, '/hosts/a b'), `${HOME}/hosts/a%20b`);
});

test('a path to another origin becomes the first page, or a page that does not exist', () => {
  for (const asked of [
    undefined,
    '',
    'https://evil.example',
    'javascript:alert(1)',
    '.evil.example',
    '@evil.example',
    `/${'x'.repeat(2000)}`,
  ])
    assert.is(returnUrl(HOME, asked), `${HOME}/`, String(asked));
  for (const asked of [
    '//evil.example',
    '/\\evil.example',
    '/@evil.example',
    '/\t/evil.example',
    '/%2f%2fevil.example',
    '/x\r\nSet-Cookie: a=b',
  ]) {
    const url = new URL(returnUrl(HOME, asked));
    assert.is(url.origin, HOME, asked);
    assert.not.match(url.href, /[\r\n\t ]/);
  }
  assert.is(returnUrl(`${HOME}/sub`, '/../other'), `${HOME}/sub/`);
  assert.is(returnUrl(`${HOME}/sub`, '/%2e%2e/other'), `${HOME}/sub/`);
});

test.run();
