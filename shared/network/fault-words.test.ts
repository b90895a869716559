import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errorWords, statusWords } from './fault-words.ts';

const straight = { proxy: null, refusal: () => null, isThroughProxy: () => false };
const fault = (code: string, known: object = {}) => Object.assign(new Error(`it failed: ${code}`), { code, ...known });
const words = (code: string, url = 'https://fleet.test:444/sub', known: object = {}) =>
  errorWords(fault(code, known), { url: new URL(url), road: straight });

test('each fault has its words, followed by its code', () => {
  assert.is(words('ENOTFOUND'), 'there is no host named fleet.test (ENOTFOUND)');
  assert.is(words('EAI_AGAIN'), 'the name fleet.test cannot be looked up now (EAI_AGAIN)');
  assert.is(words('ECONNREFUSED'), 'nothing listens at fleet.test:444 (ECONNREFUSED)');
  assert.is(words('ENETUNREACH'), 'there is no route to fleet.test:444 (ENETUNREACH)');
  assert.is(words('ECONNRESET'), 'the connection to fleet.test:444 was cut (ECONNRESET)');
  assert.match(words('ECONNRESET', 'ws://fleet.test'), 'fleet.test was cut: is it wss://? (ECONNRESET)');
  assert.match(words('CERT_HAS_EXPIRED'), 'has expired, or the clock of this machine is ahead');
  assert.match(words('CERT_NOT_YET_VALID'), 'is not valid yet, or the clock of this machine is behind');
  assert.match(words('ERR_SSL_WRONG_VERSION_NUMBER', 'wss://fleet.test'), 'does not speak TLS: is it ws://?');
  assert.is(words('EPROTO', 'postgres://db.test:5432/fleet'), 'db.test:5432 does not speak TLS (EPROTO)');
  assert.match(words('HPE_INVALID_CONSTANT', 'http://fleet.test'), 'does not speak HTTP: is it https://?');
  assert.is(words('EWHATEVER'), 'it failed: EWHATEVER');
});

test('an error inside a wrapper or several tries is found; any other thrown value is shown as it is', () => {
  const tries = new AggregateError([fault('ECONNREFUSED')], '');
  const to = { url: new URL('http://fleet.test'), road: straight };
  assert.is(errorWords(Object.assign(tries, { code: 'ETIMEDOUT' }), to), 'fleet.test does not answer (ETIMEDOUT)');
  assert.match(
    errorWords(new TypeError('fetch failed', { cause: fault('ENOTFOUND') }), to),
    'no host named fleet.test',
  );
  assert.is(errorWords('odd', to), 'odd');
});

test('with a proxy, faults of connecting are those of the proxy', () => {
  const before = {
    proxy: new URL('https://name:secret@proxy.test:3128'),
    refusal: () => null,
    isThroughProxy: () => false,
  };
  const road = { ...before, isThroughProxy: () => true };
  const url = new URL('https://fleet.test');
  const to = { url, road };
  for (const [code, words] of [
    ['ECONNREFUSED', 'nothing listens at proxy.test:3128'],
    ['ECONNRESET', 'the connection to proxy.test:3128 was cut'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'the certificate of proxy.test:3128 is from an authority'],
    ['CERT_HAS_EXPIRED', 'the certificate of proxy.test:3128 has expired'],
    ['EPROTO', 'proxy.test:3128 does not speak TLS: is it http://?'],
  ] as const)
    assert.ok(errorWords(fault(code), { url, road: before }).startsWith(`the proxy: ${words}`), code);
  assert.is(errorWords(new Error('it ended'), { url, road: before }), 'the proxy: it ended');
  assert.match(
    errorWords(fault('SELF_SIGNED_CERT_IN_CHAIN'), to),
    /^the certificate of fleet.test is from an authority/,
  );
  assert.match(errorWords(fault('ECONNRESET'), to), /^the connection to fleet.test was cut/);
  assert.is(
    statusWords(403, { ...to, road: { ...road, refusal: () => 403 }, wants: 'upgrade' }),
    'the proxy proxy.test:3128 does not let connections to fleet.test through (HTTP 403)',
  );
});

test('the words for an unwanted answer name its possible sender', () => {
  const said = (status: number, wants: 'upgrade' | 'answer' = 'upgrade', location?: string) =>
    statusWords(status, { url: new URL('wss://fleet.test/sub/ws/agent'), road: straight, wants, location });
  assert.is(said(404), 'no coordinator is at /sub/ws/agent: is the path of the URL right? (HTTP 404)');
  assert.is(said(426), 'a proxy in front of the coordinator does not pass WebSocket upgrades on (HTTP 426)');
  assert.is(said(301, 'answer', 'https://new.test/'), 'it redirects to https://new.test/: use that one (HTTP 301)');
  const secret = 'https://me:pw@login.test/in?token=s3cret#s3cret';
  assert.is(said(302, 'upgrade', secret), 'it redirects to https://login.test/in?…: use that one (HTTP 302)');
  assert.match(said(302, 'upgrade', '/in?s3cret'), 'it redirects to wss://fleet.test/in?…: use');
  assert.match(said(302, 'upgrade', 'http://['), 'it redirects to another address: use');
  assert.match(said(502), 'a proxy in front of the coordinator does not reach it');
  assert.is(said(200), 'a page is at /sub/ws/agent, not a coordinator (HTTP 200)');
  assert.is(said(401), 'HTTP 401');
  const itself = statusWords(503, {
    url: new URL('wss://fleet.test/ws/agent'),
    road: straight,
    wants: 'upgrade',
    contentType: 'application/problem+json; charset=utf-8',
  });
  assert.is(itself, 'the coordinator there stands by, or its store is away (HTTP 503)');
});

test.run();
