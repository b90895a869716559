import { fastify } from 'fastify';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ERRORS } from '../../shared/api/errors.ts';
import { Target } from '../../shared/model/target.ts';
import { commandOnTrial } from '../fixtures/on-trial.ts';
import { startTestApp, type TestApp } from '../fixtures/test-app.ts';
import { EXAMPLES } from './examples.ts';
import { type Api, named } from './http/route.ts';
import { collectDocument } from './openapi.ts';

/** Every route of docs/protocol.md section 3, in an order in which each example succeeds. */
const ROUTES: [method: Parameters<TestApp['request']>[0], path: string, operationId: string][] = [
  ['POST', '/api/hosts', 'addHost'],
  ['GET', '/api/hosts', 'listHosts'],
  ['GET', '/api/hosts/{host}', 'getHost'],
  ['PATCH', '/api/hosts/{host}', 'changeHost'],
  ['POST', '/api/hosts/{host}/token', 'rotateHostToken'],
  ['POST', '/api/hosts/{host}/maintenance', 'setMaintenance'],
  ['DELETE', '/api/hosts/{host}', 'removeHost'],
  ['GET', '/api/agent/self', 'getAgentSelf'],
  ['POST', '/api/session', 'openSession'],
  ['POST', '/api/session/step-up', 'stepUp'],
  ['GET', '/api/oidc', 'getOidc'],
  ['GET', '/api/sessions', 'listSessions'],
  ['DELETE', '/api/sessions/{id}', 'endSession'],
  ['DELETE', '/api/session', 'closeSession'],
  ['POST', '/api/tokens', 'createToken'],
  ['GET', '/api/tokens', 'listTokens'],
  ['DELETE', '/api/tokens/{token}', 'removeToken'],
  ['POST', '/api/enrolments', 'createEnrolment'],
  ['POST', '/api/agent/enrol', 'enrol'],
  ['GET', '/api/enrolments', 'listEnrolments'],
  ['GET', '/api/enrolments/waiting', 'listWaitingHosts'],
  ['POST', '/api/enrolments/waiting/{id}/refuse', 'refuseWaitingHost'],
  ['POST', '/api/enrolments/waiting/{id}/approve', 'approveWaitingHost'],
  ['DELETE', '/api/enrolments/{id}', 'removeEnrolment'],
  ['GET', '/api/whoami', 'whoami'],
  ['GET', '/api/attention', 'listAttention'],
  ['GET', '/api/ops', 'listOps'],
  ['POST', '/api/dispatch', 'dispatch'],
  ['GET', '/api/dispatches', 'listDispatches'],
  ['GET', '/api/dispatches/{id}', 'getDispatch'],
  ['POST', '/api/rollouts', 'startRollout'],
  ['GET', '/api/rollouts', 'listRollouts'],
  ['GET', '/api/rollouts/{id}', 'getRollout'],
  ['GET', '/api/rollouts/{id}/gate', 'getRolloutGate'],
  ['POST', '/api/rollouts/{id}/approve', 'approveRollout'],
  ['POST', '/api/rollouts/{id}/pause', 'pauseRollout'],
  ['POST', '/api/rollouts/{id}/resume', 'resumeRollout'],
  ['POST', '/api/rollouts/{id}/retry', 'retryRollout'],
  ['POST', '/api/rollouts/{id}/stop', 'stopRollout'],
  ['GET', '/api/windows', 'listWindows'],
  ['GET', '/api/policies', 'listPolicies'],
  ['POST', '/api/policies/{name}/pause', 'pausePolicy'],
  ['POST', '/api/policies/{name}/resume', 'resumePolicy'],
  ['POST', '/api/policies/{name}/run', 'runPolicy'],
  ['GET', '/api/quarantine', 'listQuarantine'],
  ['DELETE', '/api/quarantine/{commit}', 'liftQuarantine'],
  ['GET', '/api/commands', 'listCommands'],
  ['GET', '/api/commands/{id}', 'getCommand'],
  ['GET', '/api/commands/{id}/output', 'getOutput'],
  ['GET', '/api/commands/{id}/output/search', 'searchOutput'],
  ['GET', '/api/commands/{id}/output/index', 'getOutputIndex'],
  ['POST', '/api/commands/{id}/timeout-action', 'answerTimeout'],
  ['POST', '/api/commands/{id}/keep', 'keepActivation'],
  ['POST', '/api/commands/{id}/undo', 'undoActivation'],
  ['GET', '/api/events', 'listEvents'],
  ['GET', '/api/target', 'getTarget'],
  ['POST', '/api/target/refresh', 'refreshTarget'],
  ['GET', '/healthz', 'getHealth'],
  ['GET', '/readyz', 'getReadiness'],
  ['GET', '/metrics', 'getMetrics'],
  ['GET', '/api/notify', 'listReceivers'],
  ['POST', '/api/notify/{name}/test', 'testReceiver'],
  ['GET', '/api/openapi.json', 'getOpenapi'],
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

const CONFIG = `
[ops.pull]
notAfterMs = 1
[windows.night]
days = ["mon"]
from = "22:00"
to = "04:00"
timezone = "UTC"
tags = ["nobody"]
[policies.night]
cron = "30 22 * * *"
timezone = "UTC"
rollout = { steps = [{ op = "test" }], where = "not tag:none", window = "night", approve = true }
[[notify]]
name = "ops"
kind = "ntfy"
url = "http://127.0.0.1:1/topic"
events = ["lost"]
`;

let app: TestApp;
let document: Document;
test.before(async () => {
  const quarantined = {
    commit: '0123456789abcdef0123456789abcdef01234567',
    at: 1,
    reason: 'it broke web1',
    rolloutId: null,
  };
  app = await startTestApp({
    config: CONFIG,
    store(store) {
      store.write([[{ type: 'quarantined', quarantined }]], () => {});
      return store;
    },
  });
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
    'ROUTES above has a line for each',
  );
});

test('every successful answer matches the document, down to the last field', async () => {
  const { token } = await app.addHost('web1');
  const agent = await app.connect(token);
  const { dispatchId } = await app.dispatch({ op: 'pull', hosts: ['web1'] });
  const { id } = await agent.next('command.run');
  agent.output(id, 0, 'output\n');
  await agent.next('command.output.ack');
  agent.heartbeat();
  const opened = await app.request('POST', '/api/session', { token: null, body: EXAMPLES.openSession?.body });
  const cookie = String(opened.headers['set-cookie']).split(';')[0] ?? '';
  let rollout = '';
  let enrolment = { id: '', token: '' };
  const session = app.store.signIns.list()[0]?.id ?? '';
  for (const [method, path, operationId] of ROUTES) {
    assert.ok(EXAMPLES[operationId], `coordinator/api/examples.ts has an example of ${operationId}`);
    const { url = '', body } = EXAMPLES[operationId] ?? {};
    const guarded = url.includes(':guarded') ? await commandOnTrial(app, operationId) : '';
    const ids: Record<string, string> = {
      ':id': id,
      ':dispatch': dispatchId,
      ':guarded': guarded,
      ':session': session,
      ':rollout': rollout,
      ':enrolment': enrolment.id,
      ':waiting': app.store.enrolments.waiting()[0]?.id ?? '',
    };
    const known = url.replace(/:\w+/, (name) => ids[name] ?? name);
    const answer = await app.request(method, known, {
      ...(body && { body }),
      ...(path === '/api/agent/self' && { token }),
      ...(path === '/api/agent/enrol' && { token: enrolment.token }),
      ...(operationId === 'stepUp' && { token: null, headers: { cookie, 'sec-fetch-site': 'same-origin' } }),
    });
    if (operationId === 'createEnrolment') enrolment = answer.body;
    if (operationId === 'startRollout') rollout = (answer.body as { id: string }).id;
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

test('every operation has its own name, a summary, and the callers who may use it', () => {
  const ids = operations().map(([, { operationId }]) => operationId);
  assert.is(new Set(ids).size, ids.length);
  for (const [name, { summary, security, responses }] of operations()) {
    assert.ok(summary, name);
    const isOpen = ['/healthz', '/readyz', '/api/session', '/api/oidc', '/api/openapi.json'].some((path) =>
      name.endsWith(path),
    );
    assert.is(security.length > 0, !isOpen, name);
    assert.is('401' in responses, !isOpen || name === 'POST /api/session', name);
    for (const { description } of Object.values(responses)) assert.is.not(description, 'Default Response', name);
  }
  assert.equal(Object.keys(document.components.securitySchemes), [
    'adminToken',
    'token',
    'session',
    'hostToken',
    'enrolmentToken',
  ]);
});

test('a route with a schema that the document lacks stops the start', async () => {
  const api = fastify() as unknown as Api;
  await collectDocument(api);
  const response = { 200: named('Nowhere', Target) };
  assert.throws(
    () => api.get('/api/target', { schema: { response } }, async () => ({}) as never),
    'GET /api/target names the schema Nowhere: give it a line in NAMED',
  );
  await api.close();
});

test('the document needs no token', async () => {
  assert.is((await app.request('GET', '/api/openapi.json', { token: null })).status, 200);
});

test('every operation has an example', () => {
  for (const [name, operation] of operations()) {
    const { description, requestBody, operationId } = operation as Operation & { description?: string };
    assert.match(String(description), /^Example: `[A-Z]+ \//, name);
    if (requestBody) assert.match(JSON.stringify(requestBody), '"example":', operationId);
  }
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
