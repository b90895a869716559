import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isPrivateAddress, mayBePrivate } from './addresses.ts';

test('addresses that the coordinator alone can reach are private, in every spelling', () => {
  for (const address of [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.0.1',
    '192.168.1.1',
    '224.0.0.1',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a00:1',
    'fd00::1',
    'fe80::1',
  ])
    assert.ok(isPrivateAddress(address), address);
  for (const address of ['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])
    assert.not.ok(isPrivateAddress(address), address);
});

test('a configured address, this machine and hosts that CONFIG allows may be private; a name may not', () => {
  const may = (url: string, isAllowed = false) => mayBePrivate({ private: isAllowed }, new URL(url));
  assert.ok(may('http://10.0.0.1/x'));
  assert.ok(may('http://[fd00::1]/x'));
  assert.ok(may('http://localhost:8080'));
  assert.ok(may('smtp://127.0.0.1:25'));
  assert.ok(may('https://ntfy.lan/x', true));
  assert.not.ok(may('https://ntfy.lan/x'));
});

test.run();
