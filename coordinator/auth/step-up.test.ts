import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Event } from '../../shared/model/event.ts';
import type { Grant, SessionView, WhoAmI } from '../../shared/model/grant.ts';
import { createFakeClock, type FakeClock } from '../../shared/time/fake-clock.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp } from '../fixtures/test-app.ts';

let app: TestApp;
let clock: FakeClock;
async function start(config = ''): Promise<void> {
  clock = createFakeClock();
  app = await startTestApp({ clock, config });
}
test.after.each(() => app.close());

const OWN = { 'sec-fetch-site': 'same-origin' };
const MINUTE_MS = 60_000;

async function tokenWith(name: string, grant: Grant): Promise<string> {
  const { body } = await app.request('POST', '/api/tokens', { body: { name, grants: [grant] } });
  return (body as { token: string }).token;
}
async function signIn(token = ADMIN_TOKEN): Promise<{ token: null; headers: Record<string, string> }> {
  const { headers } = await app.request('POST', '/api/session', { token: null, body: { token } });
  return { token: null, headers: { cookie: String(headers['set-cookie']).split(';')[0] ?? '', ...OWN } };
}
type Who = { token: string | null; headers?: Record<string, string> };
const code = async (who: Who, ...[method, url, body]: [Parameters<TestApp['request']>[0], string, object?]) => {
  const answer = await app.request(method, url, { ...who, body });
  return answer.status < 300 ? answer.status : (answer.body as { code: string }).code;
};
const stepUp = (who: Who, token = ADMIN_TOKEN) => code(who, 'POST', '/api/session/step-up', { token });
/** An action that always takes a step-up. Its host does not exist, so it can be repeated. */
const removeHost = (who: Who) => code(who, 'DELETE', '/api/hosts/nobody');
const until = async (who: Who) => ((await app.request('GET', '/api/whoami', who)).body as WhoAmI).steppedUpUntil;

test('an older session must show the admin token again before hosts are removed or tokens change', async () => {
  await start();
  const session = await signIn();
  assert.is(await until(session), clock.now() + 5 * MINUTE_MS);
  assert.is(await removeHost(session), 'unknown_host', 'it was shown just now');
  clock.setWall(clock.now() + 5 * MINUTE_MS);
  await app.addHost('web1');
  const always: [Parameters<TestApp['request']>[0], string, object?][] = [
    ['DELETE', '/api/hosts/web1'],
    ['POST', '/api/hosts/web1/token'],
    ['POST', '/api/tokens', { name: 'x', grants: [{ role: 'viewer' }] }],
    ['DELETE', '/api/tokens/x'],
  ];
  for (const asked of always) assert.is(await code(session, ...asked), 'step_up_required', asked.join(' '));
  assert.is(await code(session, 'PATCH', '/api/hosts/web1', { tags: ['web'] }), 200);

  assert.is(await stepUp(session, 'not-the-admin-token'), 'unauthorized');
  assert.is(await removeHost(session), 'step_up_required');
  assert.is(await stepUp(session), 204);
  assert.equal(
    [await code(session, 'POST', '/api/hosts/web1/token'), await removeHost(session)],
    [200, 'unknown_host'],
  );
  assert.is(await removeHost(await signIn()), 'unknown_host');
  clock.setWall(clock.now() + 5 * MINUTE_MS);
  assert.is(await removeHost(session), 'step_up_required');
  const { items } = (await app.request('GET', '/api/events?limit=500')).body as { items: Event[] };
  const told = items.filter(
    ({ code, message }) => ['stepped_up', 'sign_in_failed'].includes(code) || message.includes('/session/step-up'),
  );
  assert.equal(
    told.map((event) => [event.code, event.actor, event.address, event.category]),
    [
      ['change_refused', 'admin', '127.0.0.1', 'audit'],
      ['stepped_up', 'admin', '127.0.0.1', 'audit'],
    ],
  );
});

test('the token of a program cannot step up, whatever its role; a session that it opened can, by the admin token', async () => {
  await start();
  const token = await tokenWith('alice', { role: 'admin' });
  assert.is(await removeHost({ token }), 'step_up_required');
  assert.is(await stepUp({ token }), 'step_up_required');
  const session = await signIn(token);
  assert.equal([await until(session), await removeHost(session)], [null, 'step_up_required']);
  assert.is(await stepUp(session, token), 'unauthorized');
  assert.is(await stepUp(session), 204);
  assert.is(await removeHost(session), 'unknown_host');
  const viewer = await signIn(await tokenWith('bob', { role: 'viewer' }));
  assert.is(await stepUp(viewer), 204);
  assert.is(await removeHost(viewer), 'forbidden', 'a step-up gives no rights');
  assert.is(await removeHost({ token: ADMIN_TOKEN }), 'unknown_host');
});

test('ops that CONFIG names take a step-up too, once the grants allow them', async () => {
  await start('[access]\nstepUp = ["reboot", "kill"]\nstepUpMs = 1000');
  const { hostId } = await app.addHost('web1');
  const session = await signIn();
  const run = (who: Who, op: string) => code(who, 'POST', '/api/dispatch', { op, hosts: [hostId] });
  const isRun = async (who: Who, op: string) => assert.is(await run(who, op), undefined, op);
  await isRun(session, 'reboot');
  clock.setWall(clock.now() + 1_000);
  assert.equal([await run(session, 'reboot'), await run(session, 'kill')], ['step_up_required', 'step_up_required']);
  await isRun(session, 'pull');
  await stepUp(session);
  await isRun(session, 'reboot');
  await isRun({ token: ADMIN_TOKEN }, 'reboot');
  assert.is(await run({ token: await tokenWith('ops', { role: 'operator' }) }, 'reboot'), 'step_up_required');
  assert.is(await run({ token: await tokenWith('pull', { role: 'operator', ops: ['pull'] }) }, 'reboot'), 'forbidden');
});

test('people list and end their own sessions one by one; an admin all sessions', async () => {
  await start();
  const admin = await signIn();
  const token = await tokenWith('alice', { role: 'operator' });
  const [alice, elsewhere] = [await signIn(token), await signIn(token)];
  const list = async (who: Who): Promise<SessionView[]> => (await app.request('GET', '/api/sessions', who)).body;
  const [first, second, ...more] = await list(alice);
  assert.equal(
    [first, second].map((one) => [one?.actor, one?.current, (one?.expiresAt ?? 0) - (one?.openedAt ?? 0)]),
    [
      ['token:alice', true, 12 * 60 * MINUTE_MS],
      ['token:alice', false, 12 * 60 * MINUTE_MS],
    ],
  );
  assert.equal(more, []);
  const all = await list(admin);
  assert.equal(
    all.map(({ actor }) => actor),
    ['admin', 'token:alice', 'token:alice'],
  );
  assert.is(await code(alice, 'DELETE', `/api/sessions/${all[0]?.id}`), 'unknown_session');
  assert.is(await code(alice, 'DELETE', `/api/sessions/${second?.id}`), 204);
  assert.is(await code(elsewhere, 'GET', '/api/whoami'), 'unauthorized');
  assert.is(await code(admin, 'DELETE', `/api/sessions/${first?.id}`), 204);
  assert.is(await code(alice, 'GET', '/api/whoami'), 'unauthorized');
  assert.is(await code(admin, 'GET', '/api/whoami'), 200);
});

test.run();
