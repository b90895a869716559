import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { proxyFault, roadTo } from './road.ts';

const NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
const before = new Map(NAMES.map((name) => [name, process.env[name]]));

function setEnvironment(known: Record<string, string | undefined>): void {
  for (const name of NAMES) {
    const value = known[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
test.after.each(() => setEnvironment(Object.fromEntries(before)));

const proxyOf = (url: string): string | undefined => roadTo(new URL(url)).proxy?.host;

test('each scheme has its proxy, ws as http and wss as https, in upper or lower case', () => {
  setEnvironment({ HTTP_PROXY: 'http://plain.test:3128', https_proxy: 'http://secure.test:3129' });
  assert.is(proxyOf('http://fleet.test/x'), 'plain.test:3128');
  assert.is(proxyOf('ws://fleet.test/x'), 'plain.test:3128');
  assert.is(proxyOf('https://fleet.test/x'), 'secure.test:3129');
  assert.is(proxyOf('wss://fleet.test/x'), 'secure.test:3129');
  setEnvironment({ ALL_PROXY: 'http://all.test:1' });
  assert.is(proxyOf('wss://fleet.test/x'), 'all.test:1');
  setEnvironment({});
  assert.is(proxyOf('wss://fleet.test/x'), undefined);
});

test('a proxy without a scheme is used without TLS, as by curl and git; an https one with it', () => {
  const hrefOf = (proxy: string, url = 'wss://fleet.test') => {
    setEnvironment({ HTTPS_PROXY: proxy, NO_PROXY: 'near.test:443, far.test:80' });
    return roadTo(new URL(url)).proxy?.href;
  };
  assert.is(hrefOf('proxy.test:3128'), 'http://proxy.test:3128/');
  assert.is(hrefOf('me:secret@proxy.test:3128'), 'http://me:secret@proxy.test:3128/');
  assert.is(hrefOf('https://proxy.test:3129'), 'https://proxy.test:3129/');
  assert.is(hrefOf('HTTPS://proxy.test:3129'), 'https://proxy.test:3129/');
  assert.is(hrefOf('proxy.test:3128', 'wss://near.test'), undefined);
  assert.is(hrefOf('proxy.test:3128', 'wss://far.test'), 'http://proxy.test:3128/');
});

test('this machine and names in NO_PROXY are reached directly', () => {
  setEnvironment({
    HTTPS_PROXY: 'http://p.test:1',
    HTTP_PROXY: 'http://p.test:1',
    NO_PROXY: '.inner.test,one.test,10.0.0.0/8,fd00::/8',
  });
  for (const url of [
    'wss://a.inner.test',
    'wss://one.test',
    'wss://below.one.test',
    'wss://10.1.2.3',
    'ws://[fd00::1]:8080',
    'ws://localhost:8080',
    'http://127.0.0.1:8080',
    'ws://[::1]:1',
    'http://[::ffff:127.0.0.1]:1',
    'http://LOCALHOST.:1',
  ])
    assert.is(proxyOf(url), undefined, url);
  assert.is(proxyOf('wss://two.test'), 'p.test:1');
});

test("an invalid proxy is refused without repeating the variable's value", () => {
  setEnvironment({ HTTPS_PROXY: 'socks5://name:secret@proxy.test:1080' });
  const fault = proxyFault(new URL('wss://fleet.test')) ?? '';
  assert.match(fault, /^HTTPS_PROXY .*takes the URL of a proxy/);
  assert.not.match(fault, 'secret');
  assert.is(proxyFault(new URL('ws://fleet.test')), null);
});

test.run();
