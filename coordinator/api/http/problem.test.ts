import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import type { Problem } from '../../../shared/api/resources.ts';
import { startTestApp, type TestApp, type TestRequest } from '../../fixtures/test-app.ts';
import { refusalOf } from './problem.ts';

let app: TestApp;
test.before(async () => {
  app = await startTestApp();
  await app.addHost('web1');
});
test.after(() => app.close());

type Method = Parameters<TestApp['request']>[0];

async function refused(method: Method, url: string, request?: TestRequest): Promise<Problem> {
  const { status, headers, body } = await app.request(method, url, request);
  const problem = body as Problem;
  assert.is(headers['content-type'], 'application/problem+json', `${method} ${url}: ${status}`);
  assert.is(problem.status, status);
  assert.is(problem.type, `urn:switchyard:problem:${problem.code}`);
  return problem;
}

const NOBODY = '00000000-0000-4000-8000-000000000000';

const BODIES: [title: string, method: Method, url: string, body: unknown, errors: Problem['errors']][] = [
  [
    'an unknown field',
    'POST',
    '/api/dispatch',
    { op: 'pull', hosts: ['web1'], now: true },
    [{ path: '/now', message: 'is not known here' }],
  ],
  ['a missing field', 'POST', '/api/hosts', {}, [{ path: '', message: 'must have required properties name' }]],
  [
    'every fault at once',
    'POST',
    '/api/dispatch',
    { op: 3, hosts: ['web1', 4], when: 1 },
    [
      { path: '/when', message: 'is not known here' },
      { path: '/op', message: 'must be string' },
      { path: '/hosts/1', message: 'must be string' },
    ],
  ],
  [
    'text for a number is not taken',
    'POST',
    '/api/dispatch',
    { op: 'pull', queueMs: '5' },
    [{ path: '/queueMs', message: 'must be integer' }],
  ],
  [
    'a name that needs quoting',
    'POST',
    '/api/hosts',
    { name: 'a b' },
    [{ path: '/name', message: 'must match pattern "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"' }],
  ],
  ['a body that is no object', 'POST', '/api/hosts', '[]', [{ path: '', message: 'must be object' }]],
  ['no body at all', 'POST', '/api/hosts', '', [{ path: '', message: 'must be object' }]],
  [
    'an unknown answer to a timeout',
    'POST',
    `/api/commands/${NOBODY}/timeout-action`,
    { action: 'retry' },
    [{ path: '/action', message: 'must be one of wait, kill, ignore' }],
  ],
  [
    'no answer to a timeout',
    'POST',
    `/api/commands/${NOBODY}/timeout-action`,
    {},
    [{ path: '/action', message: 'must be one of wait, kill, ignore' }],
  ],
  [
    'a wait without minutes',
    'POST',
    `/api/commands/${NOBODY}/timeout-action`,
    { action: 'wait' },
    [{ path: '', message: 'must have required properties minutes' }],
  ],
  [
    'a wait of no minutes',
    'POST',
    `/api/commands/${NOBODY}/timeout-action`,
    { action: 'wait', minutes: 0 },
    [{ path: '/minutes', message: 'must be >= 1' }],
  ],
  [
    'a wait of more than a week',
    'POST',
    `/api/commands/${NOBODY}/timeout-action`,
    { action: 'wait', minutes: 10_081 },
    [{ path: '/minutes', message: 'must be <= 10080' }],
  ],
  [
    'a wait of a minute and a half',
    'POST',
    `/api/commands/${NOBODY}/timeout-action`,
    { action: 'wait', minutes: 1.5 },
    [{ path: '/minutes', message: 'must be integer' }],
  ],
  [
    'minutes for a kill',
    'POST',
    `/api/commands/${NOBODY}/timeout-action`,
    { action: 'kill', minutes: 5 },
    [{ path: '/minutes', message: 'is not known here' }],
  ],
  [
    'an unknown signal',
    'POST',
    `/api/commands/${NOBODY}/timeout-action`,
    { action: 'kill', signal: 'SIGHUP' },
    [{ path: '/signal', message: 'must be one of SIGTERM, SIGKILL' }],
  ],
];
for (const [title, method, url, body, errors] of BODIES)
  test(`a refused body names the fault and its place: ${title}`, async () => {
    const problem = await refused(method, url, { body });
    assert.is(problem.code, 'invalid_request');
    assert.is(problem.status, 400);
    assert.equal(problem.errors, errors);
  });

test('the answer to a body with 1,000 faults names the first few', async () => {
  const { errors = [] } = await refused('POST', '/api/dispatch', { body: { op: 'pull', hosts: Array(1000).fill(7) } });
  assert.ok(errors.length > 0 && errors.length < 20, `${errors.length} faults`);
});

const QUERIES: [url: string, path: string, message: string][] = [
  ['/api/commands?colour=red', '/colour', 'is not known here'],
  ['/api/commands?limit=0', '/limit', 'must be >= 1'],
  ['/api/commands?limit=501', '/limit', 'must be <= 500'],
  ['/api/commands?limit=ten', '/limit', 'must be integer'],
  ['/api/commands?limit=', '/limit', 'must be integer'],
  ['/api/commands?limit=1&limit=2', '/limit', 'must be integer'],
  ['/api/commands?active=yes', '/active', 'must be boolean'],
  ['/api/commands?status=SUCCESS,GOOD', '/status/1', 'must be one of'],
  ['/api/commands?before=yesterday', '/before', 'must match pattern'],
  ['/api/events?after=-1', '/after', 'must be >= 0'],
  ['/api/events?before=-1', '/before', 'must be >= 0'],
  ['/api/events?before=9007199254740992', '/before', 'must be <= 9007199254740991'],
  ['/api/events?before=x', '/before', 'must be integer'],
  ['/api/events?level=debug', '/level', 'must be one of info, success, warn, error'],
  ['/api/hosts?before=x', '/before', 'is not known here'],
  [`/api/commands/${NOBODY}/output?offset=-1`, '/offset', 'must be >= 0'],
  [`/api/commands/${NOBODY}/output?follow=1`, '/follow', 'must be boolean'],
  [`/api/commands/${NOBODY}/output/search?q=`, '/q', 'must not have fewer than 1 char'],
  [`/api/commands/${NOBODY}/output/search?q=${'x'.repeat(201)}`, '/q', 'must not have more than 200 char'],
];
for (const [url, path, message] of QUERIES)
  test(`a refused query names the fault: ${url.slice(url.lastIndexOf('/'))}`, async () => {
    const { code, errors = [] } = await refused('GET', url);
    assert.is(code, 'invalid_request');
    assert.is(errors[0]?.path, path);
    assert.ok(errors[0]?.message.startsWith(message), errors[0]?.message);
  });

test('a search takes either a text or `errors`', async () => {
  for (const query of ['', '?q=x&errors=true']) {
    const { code, detail } = await refused('GET', `/api/commands/${NOBODY}/output/search${query}`);
    assert.equal([code, detail], ['invalid_request', 'A search takes either q or errors=true']);
  }
});

test('events are read on or back, not both at once', async () => {
  const { code, detail } = await refused('GET', '/api/events?after=1&before=9');
  assert.is(code, 'invalid_request');
  assert.is(detail, 'after reads on and before reads back: give one of them');
});

test('an unknown address answers a browser with a page and a link; a program, or a path of the API, gets a problem', async () => {
  const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  for (const [path, up] of [
    ['/fleet', './'],
    ['/switchyard/hosts/web1?x=1', '../../'],
  ] as const) {
    const { status, headers: answered, text } = await app.request('GET', path, { token: null, headers });
    assert.equal([status, answered['content-type']], [404, 'text/html; charset=utf-8'], path);
    assert.ok(text.includes(`<a href="${up}">`), text);
  }
  assert.is((await app.request('GET', '/%3Cscript%3E', { token: null, headers })).text.includes('script'), false);
  for (const [path, accept] of [
    ['/fleet', '*/*'],
    ['/api/fleet', headers.accept],
    ['/assets/gone.js', headers.accept],
  ] as const) {
    const answer = await app.request('GET', path, { token: null, headers: { accept } });
    assert.is(answer.headers['content-type'], 'application/problem+json', path);
  }
});

test('a 404 says what is unknown', async () => {
  const expected: [string, string][] = [
    ['/nothing', 'not_found'],
    ['/api/nothing', 'not_found'],
    ['/no-such-page', 'not_found'],
    ['/api/hosts/nobody', 'unknown_host'],
    ['/api/commands?host=nobody', 'unknown_host'],
    ['/api/events?host=nobody', 'unknown_host'],
    [`/api/commands/${NOBODY}`, 'unknown_command'],
    ['/api/commands/no-id', 'unknown_command'],
    [`/api/commands/${NOBODY}/output?follow=true`, 'unknown_command'],
    [`/api/commands/${NOBODY}/output/index`, 'unknown_command'],
    [`/api/commands/${NOBODY}/output/search?q=x`, 'unknown_command'],
    [`/api/dispatches/${NOBODY}`, 'unknown_dispatch'],
  ];
  for (const [url, code] of expected) {
    const problem = await refused('GET', url);
    assert.is(problem.code, code, url);
    assert.is(problem.status, 404, url);
  }
  for (const [method, url] of [
    ['PATCH', '/api/hosts/nobody'],
    ['DELETE', '/api/hosts/nobody'],
    ['POST', '/api/hosts/nobody/token'],
  ] as const)
    assert.is((await refused(method, url, method === 'PATCH' ? { body: {} } : {})).code, 'unknown_host');
});

test('a wrong method is answered with the methods that the path takes', async () => {
  const { status, headers } = await app.request('PUT', '/api/hosts/web1', { body: {} });
  assert.is(status, 405);
  assert.is(headers.allow, 'GET, HEAD, PATCH, DELETE');
  assert.is((await refused('POST', '/api/target')).code, 'method_not_allowed');
  assert.is((await app.request('HEAD', '/healthz')).status, 200);
});

test('a dispatch with an unknown op, host or option is refused with its code and runs nothing', async () => {
  const dispatch = async (body: unknown) => (await refused('POST', '/api/dispatch', { body })).code;
  assert.is(await dispatch({ op: 'dance', hosts: ['web1'] }), 'unknown_op');
  assert.is(await dispatch({ op: 'pull', hosts: ['web1', 'nobody'] }), 'unknown_host');
  assert.is(await dispatch({ op: 'pull' }), 'invalid_request');
  assert.is(await dispatch({ op: 'pull', hosts: [], tags: [] }), 'invalid_request');
  assert.is(await dispatch({ op: 'kill', hosts: ['web1'], options: { signal: 'SIGHUP' } }), 'invalid_request');
  assert.is(await dispatch({ op: 'pull', hosts: ['web1'], options: { fast: true } }), 'invalid_request');
  assert.equal((await app.request('GET', '/api/commands')).body, { items: [], next: null });
});

test('a body must be JSON, and say so', async () => {
  const post = (body: string, type: string) =>
    refused('POST', '/api/hosts', { body, headers: { 'content-type': type } });
  assert.is((await post('{"name":', 'application/json')).code, 'invalid_request');
  assert.is((await post('{"__proto__":{"name":"x"}}', 'application/json')).code, 'invalid_request');
  assert.is((await post('name=web2', 'application/x-www-form-urlencoded')).code, 'unsupported_media_type');
  assert.is((await post('{"name":"web2"}', 'text/plain')).code, 'unsupported_media_type');
});

test('a body over 1 MiB is too large; a dispatch to 20,000 hosts is not', async () => {
  const large = { name: 'x'.repeat(1024 * 1024) };
  assert.is((await refused('POST', '/api/hosts', { body: large })).code, 'body_too_large');
  const hosts = Array.from({ length: 20_000 }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
  assert.is((await refused('POST', '/api/dispatch', { body: { op: 'pull', hosts } })).code, 'unknown_host');
  assert.is(
    (await refused('POST', '/api/dispatch', { body: { op: 'pull', hosts: [...hosts, 'a'] } })).code,
    'invalid_request',
  );
});

test('an Idempotency-Key over 255 characters is refused', async () => {
  const key = (length: number) => ({ 'idempotency-key': 'k'.repeat(length) });
  const body = { op: 'pull', hosts: ['nobody'] };
  assert.is((await refused('POST', '/api/dispatch', { body, headers: key(256) })).code, 'invalid_request');
  assert.is((await refused('POST', '/api/dispatch', { body, headers: key(255) })).code, 'unknown_host');
});

test('a malformed URL is refused as a problem too', async () => {
  assert.is((await refused('GET', '/%zz')).code, 'invalid_request');
});

test('an unforeseen error keeps its cause for the log and hides it from the client', () => {
  const cause = new TypeError('a secret place');
  const refusal = refusalOf(cause);
  assert.is(refusal.code, 'internal_error');
  assert.is(refusal.cause, cause);
  assert.not.match(refusal.message, /secret/);
  const known = new SwitchyardError('unknown_host', 'x');
  assert.is(refusalOf(known), known);
});

test('every answer carries the headers that keep a browser from guessing', async () => {
  for (const url of ['/healthz', '/api/hosts', '/nothing']) {
    const { headers } = await app.request('GET', url);
    assert.is(headers['x-content-type-options'], 'nosniff', url);
    assert.is(headers['cache-control'], 'no-store', url);
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
  }
});

test.run();
