import type { IncomingMessage } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createAddressOf, isAddressRange, networkOf } from './client-address.ts';

const asked = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

test('by default nobody may say that a request came from elsewhere', () => {
  const addressOf = createAddressOf([]);
  assert.is(addressOf(asked('127.0.0.1', '1.2.3.4')), '127.0.0.1');
  assert.is(addressOf(asked('::ffff:10.0.0.7', '1.2.3.4')), '10.0.0.7');
});

test("a trusted proxy is believed, its client's claims are not", () => {
  const addressOf = createAddressOf(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);
  assert.is(addressOf(asked('127.0.0.1', '198.51.100.1')), '198.51.100.1');
  assert.is(addressOf(asked('::ffff:127.0.0.1', ' 6.6.6.6 , 198.51.100.1 , 10.1.1.1')), '198.51.100.1');
  assert.is(addressOf(asked('fd00::1', '2001:db8::7')), '2001:db8::7');
  assert.is(addressOf(asked('198.51.100.1', '6.6.6.6')), '198.51.100.1');
});

test('with an invalid forwarded address the proxy counts as the client', () => {
  const addressOf = createAddressOf(['127.0.0.1']);
  for (const forwarded of [undefined, '', 'unknown', '1.2.3.4:80', '_secret', 'x'.repeat(10_000)])
    assert.is(addressOf(asked('127.0.0.1', forwarded)), '127.0.0.1', forwarded);
});

test('an address or a range is one of these', () => {
  for (const good of ['127.0.0.1', '10.0.0.0/8', '0.0.0.0/0', '::1', 'fd00::/8', '2001:db8::/128'])
    assert.ok(isAddressRange(good), good);
  for (const bad of ['', 'localhost', '10.0.0.0/33', '::/129', '10.0.0/8', '10.0.0.0/', '1.2.3.4/8/8'])
    assert.not.ok(isAddressRange(bad), bad);
});

test('a whole IPv6 network counts as one client, as does one IPv4 address', () => {
  assert.is(networkOf('10.0.0.7'), '10.0.0.7');
  for (const same of ['2001:db8:0:1::5', '2001:0db8:0000:0001:ffff::', '2001:db8:0:1:1:2:3:4'])
    assert.is(networkOf(same), '2001:db8:0:1::/64', same);
  assert.is(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.is(networkOf('::1'), '0:0:0:0::/64');
  assert.is(networkOf(''), '');
});

test.run();
