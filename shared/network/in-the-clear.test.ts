import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inTheClearWarning, isInTheClear } from './in-the-clear.ts';

test('only unencrypted traffic that leaves the machine is in the clear', () => {
  for (const url of [
    'http://fleet.example.com',
    'ws://10.0.0.1:8080/x',
    'http://[2001:db8::1]',
    'ws://localhost.evil.example',
    'http://127.evil.example',
    'http://0.0.0.0',
    'ws://[::]:1',
  ])
    assert.is(isInTheClear(new URL(url)), true, url);
  for (const url of [
    'https://fleet.example.com',
    'wss://10.0.0.1',
    'http://localhost:80',
    'ws://a.localhost',
    'ws://127.1.2.3:9',
    'http://[::1]:8080',
    'http://127.1',
    'http://[::ffff:127.0.0.1]',
    'http://LOCALHOST.',
  ])
    assert.is(isInTheClear(new URL(url)), false, url);
});

test('the warning names the option and the remedy, but not the path', () => {
  assert.match(
    inTheClearWarning('SWITCHYARD_URL', new URL('ws://fleet.example.com:8080/secret?token=x'), 'this host'),
    /^SWITCHYARD_URL: ws:\/\/fleet\.example\.com:8080 is not encrypted, .*this host; use wss:\/\/ [^?]*$/,
  );
});

test.run();
