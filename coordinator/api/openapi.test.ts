import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ERRORS } from '../../shared/errors.ts';
import { startTestApp, type TestApp } from '../fixtures/test-app.ts';

/** Every route of docs/protocol.md section 3, and a request of each that has a good answer; `:id` is a command of web1. */
const ROUTES: [method: Parameters<TestApp['request']>[0], path: string, url: string, body?: object][] = [
  ['POST', '/api/hosts', '/api/hosts', { name: 'web2' }],
  ['GET', '/api/hosts', '/api/hosts'],
  ['GET', '/api/hosts/{host}', '/api/hosts/web1'],
  ['PATCH', '/api/hosts/{host}', '/api/hosts/web2', { tags: ['a'] }],
  ['POST', '/api/hosts/{host}/token', '/api/hosts/web2/token'],
  ['DELETE', '/api/hosts/{host}', '/api/hosts/web2'],
  ['GET', '/api/agent/self', '/api/agent/self'],
  ['POST', '/api/session', '/api/session', { token: 'the-admin-token-of-tests' }],
  ['DELETE', '/api/session', '/api/session'],
  ['GET', '/api/attention', '/api/attention'],
  ['GET', '/api/ops', '/api/ops'],
  ['POST', '/api/dispatch', '/api/dispatch', { op: 'pull', hosts: ['web1'], queueMs: 60_000 }],
  ['GET', '/api/dispatches/{id}', '/api/dispatches/:dispatch'],
  ['GET', '/api/commands', '/api/commands'],
  ['GET', '/api/commands/{id}', '/api/commands/:id'],
  ['GET', '/api/commands/{id}/output', '/api/commands/:id/output'],
  ['GET', '/api/commands/{id}/output/search', '/api/commands/:id/output/search?q=o'],
  ['GET', '/api/commands/{id}/output/index', '/api/commands/:id/output/index'],
  ['POST', '/api/commands/{id}/timeout-action', '/api/commands/:id/timeout-action', { action: 'wait', minutes: 1 }],
  ['GET', '/api/events', '/api/events'],
  ['GET', '/api/target', '/api/target'],
  ['POST', '/api/target/refresh', '/api/target/refresh'],
  ['GET', '/healthz', '/healthz'],
  ['GET', '/readyz', '/readyz'],
  ['GET', '/metrics', '/metrics'],
  ['GET', '/api/openapi.json', '/api/openapi.json'],
];

type Operation = {
  operationId: string;
  summary: string;
  security: object[];
  requestBody?: object;
  responses: Record<string, { description: string }>;
};
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
};

let app: TestApp;
let document: Document;
test.before(async () => {
  app = await startTestApp({ config: '[ops.pull]\nnotAfterMs = 1' });
  document = (await app.request('GET', '/api/openapi.json')).body;
});
test.after(() => app.close());

const operations = (): [string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );

test('the document has every route, and no other', () => {
  assert.is(document.openapi, '3.1.0');
  assert.equal(
    operations()
      .map(([name]) => name)
      .sort(),
    ROUTES.map(([method, path]) => `${method} ${path}`).sort(),
  );
});

test('every good answer is as the document says, down to the last field', async () => {
  const { token } = await app.addHost('web1');
  const agent = await app.connect(token);
  const { dispatchId } = await app.dispatch({ op: 'pull', hosts: ['web1'] });
  const { id } = await agent.next('command.run');
  agent.output(id, 0, 'output\n');
  await agent.next('command.output.ack');
  agent.heartbeat();
  for (const [method, path, url, body] of ROUTES) {
    const answer = await app.request(method, url.replace(':id', id).replace(':dispatch', dispatchId), {
      ...(body && { body }),
      ...(path === '/api/agent/self' && { token }),
    });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    assert.ok(app.conformance.seen.has(`${method} ${path}`), `${method} ${path} was compared`);
  }
});

test('an answer that the document does not describe is noticed', () => {
  const headers = { 'content-type': 'application/json' };
  const check =
    (body: unknown, status = 200) =>
    () =>
      app.conformance.check('GET', '/api/target', { status, headers, body });
  const target = { commit: null, lockHash: null, branch: null, source: null, checkedAt: null, error: null };
  check(target)();
  assert.throws(check({ ...target, more: 1 }));
  assert.throws(check({ ...target, commit: 1 }));
  const { error: _, ...rest } = target;
  assert.throws(check(rest));
  assert.throws(check(target, 202));
});

test('every operation has a name of its own, a summary, and says who may call it', () => {
  const ids = operations().map(([, { operationId }]) => operationId);
  assert.is(new Set(ids).size, ids.length);
  for (const [name, { summary, security, responses }] of operations()) {
    assert.ok(summary, name);
    const isOpen = ['/healthz', '/readyz', '/api/session'].some((path) => name.endsWith(path));
    assert.is(security.length > 0, !isOpen, name);
    assert.is('401' in responses, !isOpen || name === 'POST /api/session', name);
    for (const { description } of Object.values(responses)) assert.is.not(description, 'Default Response', name);
  }
  assert.equal(Object.keys(document.components.securitySchemes), ['adminToken', 'session', 'hostToken']);
});

test('every reference leads somewhere, and every code of a refusal is one of the table', () => {
  const text = JSON.stringify(document);
  for (const [, name = ''] of text.matchAll(/"\$ref":"([^"]*)"/g)) {
    const [, schema = ''] = /^#\/components\/schemas\/(\w+)$/.exec(name) ?? [];
    assert.ok(document.components.schemas[schema], name);
  }
  for (const [, { responses }] of operations())
    for (const [status, { description }] of Object.entries(responses))
      for (const [, code = ''] of description.matchAll(/`(\w+)`/g))
        assert.is(String(ERRORS[code as keyof typeof ERRORS]?.status), status, code);
});

test.run();
