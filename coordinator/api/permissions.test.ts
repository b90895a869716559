import { once } from 'node:events';
import { fastify } from 'fastify';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { FEED_REQUESTS } from '../../shared/feed/frames.ts';
import { type Grant, ROLES, type Role } from '../../shared/model/grant.ts';
import { FEED_MESSAGES, ROUTES, type Rule, SOCKETS } from '../auth/permissions.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp } from '../fixtures/test-app.ts';
import { type AccessDeps, guardRoutes } from './http/access.ts';
import type { Api } from './http/route.ts';

/**
 * Walks every route, socket, stream and message with every role and limit, and compares with the table. A new route needs a line
 * in ROUTES, and if that line is ACT, also a sample here.
 */

type Method = Parameters<TestApp['request']>[0];
type Sample = { url: string; body?: object; op: string };

let app: TestApp;
let hostToken: string;
let enrolmentToken: string;
/** The target command, on host web1, tagged web, with op test. */
let commandId: string;
/** A rollout to the same host, of the same op. */
let rolloutId: string;

/** A request of each ACT route that acts on web1, with its op. */
const samples = (): Record<string, Sample[]> => ({
  'POST /api/dispatch': [
    { url: '/api/dispatch', body: { op: 'pull', hosts: ['web1'] }, op: 'pull' },
    { url: '/api/dispatch', body: { op: 'pull', tags: ['web'] }, op: 'pull' },
    { url: '/api/dispatch', body: { op: 'pull', where: 'name:web1' }, op: 'pull' },
    { url: '/api/dispatch', body: { op: 'cancel', hosts: ['web1'], options: { commandId } }, op: 'cancel' },
    { url: '/api/dispatch', body: { op: 'kill', hosts: ['web1'], options: { commandId } }, op: 'kill' },
  ],
  'POST /api/commands/:id/timeout-action': [
    { url: `/api/commands/${commandId}/timeout-action`, body: { action: 'ignore' }, op: 'test' },
    { url: `/api/commands/${commandId}/timeout-action`, body: { action: 'wait', minutes: 1 }, op: 'test' },
    { url: `/api/commands/${commandId}/timeout-action`, body: { action: 'kill' }, op: 'kill' },
  ],
  'POST /api/rollouts': [
    { url: '/api/rollouts', body: { steps: [{ op: 'pull' }], hosts: ['web1'], dryRun: true }, op: 'pull' },
  ],
  ...Object.fromEntries(
    ['approve', 'pause', 'resume', 'retry', 'stop'].map((word) => [
      `POST /api/rollouts/:id/${word}`,
      [{ url: `/api/rollouts/${rolloutId}/${word}`, op: 'test' }],
    ]),
  ),
  ...Object.fromEntries(
    ['run', 'pause', 'resume'].map((word) => [
      `POST /api/policies/:name/${word}`,
      [{ url: `/api/policies/nightly/${word}`, op: 'test' }],
    ]),
  ),
  'POST /api/hosts/:host/maintenance': [
    { url: '/api/hosts/web1/maintenance', body: { reason: 'x', until: 1 }, op: 'maintenance' },
  ],
  'POST /api/commands/:id/keep': [{ url: `/api/commands/${commandId}/keep`, op: 'test' }],
  'POST /api/commands/:id/undo': [{ url: `/api/commands/${commandId}/undo`, op: 'test' }],
});

test.before(async () => {
  app = await startTestApp({
    config: `[policies.nightly]\non = "target"\nrollout = { steps = [{ op = "test" }], hosts = ["web1"] }`,
  });
  const { token, hostId } = await app.addHost('web1');
  hostToken = token;
  await app.request('PATCH', '/api/hosts/web1', { body: { tags: ['web'] } });
  enrolmentToken = ((await app.request('POST', '/api/enrolments')).body as { token: string }).token;
  const agent = await app.connect(token);
  const { results } = await app.dispatch({ op: 'test', hosts: [hostId] });
  commandId = results[0]?.commandId ?? '';
  const { id } = await agent.next('command.run');
  agent.send('command.accepted', { id });
  const plan = { steps: [{ op: 'test' }], hosts: ['web1'], approve: true };
  rolloutId = ((await app.request('POST', '/api/rollouts', { body: plan })).body as { id: string }).id;
});
test.after(() => app.close());

let made = 0;
async function tokenWith(...grants: Grant[]): Promise<string> {
  made += 1;
  const { status, body } = await app.request('POST', '/api/tokens', { body: { name: `t${made}`, grants } });
  assert.is(status, 201);
  return (body as { token: string }).token;
}

const atLeast = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);

/** The path with its parameters filled in. */
const filled = (path: string): string => path.replaceAll(/:\w+/g, 'nobody');
const split = (route: string): [Method, string] => {
  const [method = '', path = ''] = route.split(' ');
  return [method as Method, path];
};

/** A followed output does not end: check only whether it begins. */
const statusOf = async (route: string, token: string | null): Promise<number> => {
  const [method, path] = split(route);
  return (await app.request(method, filled(path), { token })).status;
};

const rules = Object.entries(ROUTES);
const ofRole = rules.filter((entry): entry is [string, Exclude<Rule, string>] => typeof entry[1] !== 'string');

test('every line of the table is a route', () => {
  for (const [route] of rules) {
    const [method, url] = split(route);
    assert.ok(app.server.hasRoute({ method, url }), `${route} stands in ROUTES and is no route: take the line out`);
  }
});

test('a route without a line stops the start with the line to add', () => {
  const server = fastify() as unknown as Api;
  guardRoutes(server, {} as AccessDeps);
  assert.throws(
    () => server.get('/api/new', async () => 'open to whom?'),
    /nobody may call GET \/api\/new yet: give it a line in ROUTES of coordinator\/auth\/permissions\.ts/,
  );
});

test('strangers, hosts, enrolments and each role reach the routes that the table opens to them, and no others', async () => {
  const tokens = new Map<Role, string>();
  for (const role of ROLES) tokens.set(role, await tokenWith({ role }));
  for (const [route, rule] of rules) {
    const asAdmin = await statusOf(route, ADMIN_TOKEN);
    const isAgents = rule === 'host' || rule === 'enrolment';
    assert.is([401, 403].includes(asAdmin), isAgents, `${route}: ${asAdmin}`);
    const open = rule === 'anybody';
    assert.is(
      (await statusOf(route, null)) === 401,
      !open && route !== 'POST /api/session',
      `${route} without a token`,
    );
    const asHost = await statusOf(route, hostToken);
    assert.is(asHost === 401, !open && rule !== 'host', `${route} with a host's token: ${asHost}`);
    const asEnrolment = await statusOf(route, enrolmentToken);
    assert.is(asEnrolment === 401, !open && rule !== 'enrolment', `${route} with an enrolment token: ${asEnrolment}`);
    for (const [role, token] of tokens) {
      const status = await statusOf(route, token);
      const may = open || (typeof rule !== 'string' && atLeast(role, rule.role));
      if (isAgents) assert.is(status, 401, `${route} as ${role}`);
      else if (!may) assert.is(status, 403, `${route} as ${role}`);
      else if (typeof rule !== 'string' && rule.afresh)
        assert.is(status, 403, `${route} as ${role}, who can't step up`);
      else assert.not.ok([401, 403].includes(status) && !open, `${route} as ${role}: ${status}`);
    }
  }
});

test('every route that acts on hosts asks for a grant on the op and on a tag of each host', async () => {
  const asked = samples();
  for (const [route, rule] of ofRole) {
    if (!rule.limited) continue;
    const sample = asked[route];
    assert.ok(sample, `${route} is ACT: add a request of it to samples() here, and call permitOp in its handler`);
    for (const { url, body, op } of sample ?? []) {
      const other = op === 'reboot' ? 'pull' : 'reboot';
      const refused: [string, Grant[]][] = [
        ['viewer', [{ role: 'viewer' }]],
        ['viewer with the tag and the op', [{ role: 'viewer', tags: ['web'], ops: [op] }]],
        ['another op', [{ role: 'operator', ops: [other] }]],
        ['another tag', [{ role: 'operator', tags: ['db'] }]],
        ['the tag with another op', [{ role: 'operator', tags: ['web'], ops: [other] }]],
        ['the op with another tag', [{ role: 'operator', tags: ['db'], ops: [op] }]],
        [
          'the op of one grant and the tag of another',
          [
            { role: 'operator', tags: ['db'], ops: [op] },
            { role: 'operator', tags: ['web'], ops: [other] },
          ],
        ],
      ];
      for (const [why, grants] of refused) {
        const answer = await app.request(split(route)[0], url, { body, token: await tokenWith(...grants) });
        assert.is(answer.status, 403, `${route} ${op} with ${why}: ${answer.text}`);
        assert.is((answer.body as { code: string }).code, 'forbidden');
      }
      const allowed: Grant[][] = [
        [{ role: 'operator' }],
        [{ role: 'operator', tags: ['db', 'web'], ops: [other, op] }],
        [{ role: 'viewer' }, { role: 'operator', tags: ['web'] }],
        [{ role: 'admin' }],
      ];
      for (const grants of allowed) {
        const answer = await app.request(split(route)[0], url, { body, token: await tokenWith(...grants) });
        assert.is.not(answer.status, 403, `${route} ${op} with ${JSON.stringify(grants)}: ${answer.text}`);
      }
    }
  }
});

test('a refusal names the missing grant', async () => {
  await app.addHost('db1');
  const token = await tokenWith({ role: 'operator', tags: ['web'], ops: ['pull'] });
  const detail = async (body: object): Promise<string> =>
    ((await app.request('POST', '/api/dispatch', { body, token })).body as { detail: string }).detail;
  assert.match(
    await detail({ op: 'reboot', hosts: ['web1'] }),
    /reboot takes a grant of the role operator whose ops have reboot/,
  );
  assert.match(
    await detail({ op: 'pull', hosts: ['web1', 'db1'] }),
    /for a tag of db1 \(no tags\), which token:t\d+ lacks/,
  );
});

test("a host's own tags open nothing", async () => {
  const { token: own } = await app.addHost('liar');
  const agent = await app.connect(own, { hello: { tags: ['web'] } });
  const token = await tokenWith({ role: 'operator', tags: ['web'] });
  assert.is((await app.request('POST', '/api/dispatch', { token, body: { op: 'pull', hosts: ['liar'] } })).status, 403);
  await agent.close();
});

test('a socket opens to the callers in the table, and each message is checked', async () => {
  assert.equal(Object.keys(FEED_MESSAGES).sort(), Object.keys(FEED_REQUESTS).sort());
  const address = (await app.listen()).replace('http', 'ws');
  const open = async (path: string, token: string): Promise<boolean> => {
    const socket = new WebSocket(`${address}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const opened = await once(socket, 'open').then(
      () => true,
      () => false,
    );
    socket.on('error', () => {});
    socket.terminate();
    return opened;
  };
  for (const [path, rule] of Object.entries<Rule>(SOCKETS)) {
    assert.is(await open(path, 'nobody-has-this'), false, path);
    assert.is(await open(path, hostToken), rule === 'host', `${path} with a host's token`);
    for (const role of ROLES) {
      const may = typeof rule !== 'string' && atLeast(role, rule.role);
      assert.is(await open(path, await tokenWith({ role })), may, `${path} as ${role}`);
    }
  }
});

test.run();
