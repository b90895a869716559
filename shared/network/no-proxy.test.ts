import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isExempt } from './no-proxy.ts';

const TABLE: [noProxy: string, named: string[], others: string[]][] = [
  ['one.test', ['wss://one.test', 'wss://a.b.one.test', 'ws://ONE.test.:81'], ['wss://someone.test', 'wss://test']],
  ['.one.test', ['wss://one.test', 'wss://a.one.test'], ['wss://someone.test']],
  ['*.one.test', ['wss://one.test', 'wss://a.one.test'], ['wss://someone.test']],
  ['one.test.', ['wss://one.test', 'wss://one.test.'], []],
  ['one.test:444, two.test', ['wss://one.test:444', 'wss://two.test'], ['wss://one.test', 'ws://one.test']],
  ['one.test:443 two.test:80', ['wss://one.test', 'https://one.test', 'ws://two.test'], ['wss://two.test']],
  ['*', ['wss://one.test', 'ws://10.0.0.1', 'ws://[fd00::1]'], []],
  ['10.0.0.0/8', ['wss://10.1.2.3', 'ws://10.0.0.0:8080'], ['wss://11.0.0.1', 'wss://10.test', 'wss://[a00::1]']],
  ['192.168.1.7', ['wss://192.168.1.7', 'wss://192.168.1.7:444'], ['wss://192.168.1.70', 'wss://7.192.168.1.7.test']],
  ['192.168.1.7/32', ['wss://192.168.1.7'], ['wss://192.168.1.6']],
  ['fd00::1', ['wss://[fd00::1]', 'wss://[fd00:0:0::1]:444'], ['wss://[fd00::2]']],
  ['[fd00::1]', ['wss://[fd00::1]'], ['wss://[fd00::2]']],
  ['[fd00::1]:444', ['wss://[fd00::1]:444'], ['wss://[fd00::1]']],
  ['fd00::/8', ['wss://[fd12:3456::7]'], ['wss://[fe80::1]', 'wss://10.0.0.1']],
  ['10.0.0.0/33, 10.0.0.0/x, 10.0.0/8, /8, :, []', [], ['wss://10.0.0.1', 'wss://one.test', 'wss://[::2]']],
  ['', [], ['wss://one.test']],
];

for (const [noProxy, named, others] of TABLE)
  test(`NO_PROXY=${noProxy}`, () => {
    for (const url of named) assert.ok(isExempt(new URL(url), noProxy), url);
    for (const url of others) assert.not(isExempt(new URL(url), noProxy), url);
  });

test.run();
