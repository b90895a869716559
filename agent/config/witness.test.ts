import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseWitnesses } from './witness.ts';

test('a witness is host:port or a URL', () => {
  assert.equal(parseWitnesses('10.0.0.1:22, gw.example.com:443 ,[fe80::1]:53,'), [
    { host: '10.0.0.1', port: 22 },
    { host: 'gw.example.com', port: 443 },
    { host: 'fe80::1', port: 53 },
  ]);
  assert.equal(parseWitnesses('https://example.com/up'), [{ url: new URL('https://example.com/up') }]);
  assert.equal(parseWitnesses(''), []);
});

test('anything else is a typing error', () => {
  for (const text of ['gw', 'gw:0', 'gw:99999', 'ftp://gw', 'https://me:secret@gw', '-x:1 y', 'a b:1'])
    assert.is(parseWitnesses(text), undefined, text);
});

test.run();
