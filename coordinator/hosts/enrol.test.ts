import { randomUUID } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HostToken, Problem } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { AttentionItem } from '../../shared/model/attention.ts';
import type { EnrolmentView, NewEnrolment, WaitingHost } from '../../shared/model/enrolment.ts';
import type { Event } from '../../shared/model/event.ts';
import type { Host } from '../../shared/model/host.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createDisk } from '../fixtures/disk.ts';
import { startTestApp, type TestApp } from '../fixtures/test-app.ts';

let app: TestApp;
test.after.each(() => app.close());

type Agent = { hostname: string; platform: string; stateId: string; stateSecret: string };
const agent = (hostname: string): Agent => ({
  hostname,
  platform: 'nixos',
  stateId: randomUUID(),
  stateSecret: randomUUID(),
});

async function enrolment(body: object = {}): Promise<NewEnrolment> {
  const answer = await app.request('POST', '/api/enrolments', { body });
  assert.is(answer.status, 201, answer.text);
  return answer.body;
}

type Said = { status: number; code?: string; body: HostToken & Problem };
async function ask(token: string, body: object): Promise<Said> {
  const answer = await app.request('POST', '/api/agent/enrol', { token, body });
  const said = answer.body as HostToken & Problem;
  return { status: answer.status, code: said.code, body: said };
}
async function enrolled(token: string, body: object): Promise<HostToken> {
  const said = await ask(token, body);
  assert.is(said.status, 200, JSON.stringify(said.body));
  return said.body;
}
const refusal = async (token: string, body: object): Promise<string> => (await ask(token, body)).code ?? '';

const waiting = async (): Promise<WaitingHost[]> => (await app.request('GET', '/api/enrolments/waiting')).body;
const hosts = async (): Promise<Host[]> => ((await app.request('GET', '/api/hosts')).body as { items: Host[] }).items;
const attention = async (): Promise<string[]> =>
  ((await app.request('GET', '/api/attention')).body as AttentionItem[]).map(({ kind, hostId }) => `${kind} ${hostId}`);
const decide = async (word: 'approve' | 'refuse', id = ''): Promise<number> =>
  (await app.request('POST', `/api/enrolments/waiting/${id}/${word}`)).status;
const events = async (code: string): Promise<Event[]> =>
  ((await app.request('GET', '/api/events?limit=500')).body as { items: Event[] }).items.filter(
    (event) => event.code === code,
  );
const isGood = async (token: string): Promise<boolean> =>
  (await app.request('GET', '/api/agent/self', { token })).status === 200;

test('a token enrols ten hosts with its tags and no more, and shows its uses', async () => {
  app = await startTestApp();
  const { token, ...shown } = await enrolment({ tags: ['web'], names: ['web*'], maxUses: 10 });
  assert.equal(
    { ...shown, id: '', createdAt: 0 },
    {
      id: '',
      tags: ['web'],
      names: ['web*'],
      maxUses: 10,
      uses: 0,
      expiresAt: null,
      approve: false,
      createdAt: 0,
      createdBy: 'admin',
    },
  );
  const agents = Array.from({ length: 11 }, (_, index) => agent(`web${index}`));
  const said = await Promise.all(agents.map((one) => ask(token, one)));
  assert.equal(said.map(({ status }) => status).sort(), [...Array(10).fill(200), 403]);
  const known = await hosts();
  assert.is(known.length, 10);
  assert.ok(known.every(({ tags }) => tags.join() === 'web'));
  for (const { status, body } of said) if (status === 200) assert.ok(await isGood(body.token), body.name);
  assert.is(((await app.request('GET', '/api/enrolments')).body as EnrolmentView[])[0]?.uses, 10);
  assert.is((await events('host_enrolled')).length, 10);
  assert.match((await events('enrolment_refused'))[0]?.message ?? '', /the enrolment token is used up/);
  const text = JSON.stringify([app.store.enrolments.list(), app.store.enrolments.states(), app.logged]);
  for (const secret of [token, ...agents.map(({ stateSecret }) => stateSecret)]) assert.not.match(text, secret);
});

test('a host whose answer was lost enrols again with its secret as the same host, without a further use', async () => {
  app = await startTestApp();
  const { token } = await enrolment({ maxUses: 1 });
  const web1 = agent('web1');
  const first = await enrolled(token, web1);
  const second = await enrolled(token, web1);
  assert.is(second.hostId, first.hostId);
  assert.equal([await isGood(first.token), await isGood(second.token)], [false, true]);
  assert.is((await hosts()).length, 1);
  assert.is(app.store.enrolments.list()[0]?.uses, 1);

  // Also after a restart and after a rename.
  await app.request('PATCH', `/api/hosts/${first.hostId}`, { body: { name: 'edge' } });
  const { dataDir } = app;
  await app.stop();
  app = await startTestApp({ dataDir });
  const third = await enrolled(token, web1);
  assert.equal([third.hostId, third.name], [first.hostId, 'edge']);
  assert.equal([await isGood(second.token), await isGood(third.token)], [false, true]);
});

test('a copied disk is in conflict while the original is online, and a person may give it the host', async () => {
  app = await startTestApp();
  const { token } = await enrolment();
  const web1 = agent('web1');
  const first = await enrolled(token, web1);
  const online = await app.connect(first.token);
  assert.is(await refusal(token, web1), 'enrolment_conflict');
  assert.ok(await isGood(first.token), 'the first goes on');
  const [copy] = await waiting();
  assert.equal([copy?.reason, copy?.hostId, copy?.stateId], ['online', first.hostId, web1.stateId]);
  assert.equal(await attention(), [`enrolment_conflict ${first.hostId}`]);
  assert.is(await decide('approve', copy?.id), 204);
  assert.equal(await attention(), []);
  const second = await enrolled(token, web1);
  assert.is(second.hostId, first.hostId);
  assert.is((await online.closed).code, 4401);
  assert.equal(await waiting(), []);
  assert.is((await events('enrolment_approved')).length, 1);
});

test('a conflict resolves itself once the original is offline', async () => {
  app = await startTestApp();
  const { token } = await enrolment();
  const web1 = agent('web1');
  const online = await app.connect((await enrolled(token, web1)).token);
  assert.is(await refusal(token, web1), 'enrolment_conflict');
  await online.close();
  const { hostId } = await enrolled(token, web1);
  assert.equal(await waiting(), []);
  assert.is((await hosts())[0]?.id, hostId);
});

test('a stateId without its secret gets nothing, and becomes an item of attention', async () => {
  app = await startTestApp();
  const { token } = await enrolment();
  const web1 = agent('web1');
  const first = await enrolled(token, web1);
  const thief = { ...agent('web9'), stateId: web1.stateId };
  assert.is(await refusal(token, thief), 'enrolment_conflict');
  assert.ok(await isGood(first.token));
  assert.equal(
    [(await waiting())[0]?.reason, await attention()],
    ['other_secret', [`enrolment_conflict ${first.hostId}`]],
  );
  // It does not hold up the host itself.
  assert.is((await enrolled(token, web1)).hostId, first.hostId);
  assert.is(await decide('refuse', (await waiting())[0]?.id), 204);
  assert.is(await refusal(token, thief), 'enrolment_refused');
  assert.equal(await attention(), []);
});

test('a taken name is in conflict until a person decides, or renames or removes the other host', async () => {
  app = await startTestApp();
  const manual = await app.addHost('web1');
  const { token } = await enrolment();
  const anew = agent('web1');
  assert.is(await refusal(token, anew), 'enrolment_conflict');
  assert.is((await waiting())[0]?.reason, 'name_taken');
  assert.is(await decide('approve', (await waiting())[0]?.id), 204);
  const taken = await enrolled(token, anew);
  assert.is(taken.hostId, manual.hostId);
  assert.is(await isGood(manual.token), false);

  const third = agent('web1');
  assert.is(await refusal(token, third), 'enrolment_conflict');
  await app.request('DELETE', '/api/hosts/web1');
  assert.is.not((await enrolled(token, third)).hostId, manual.hostId);
  // The removed host's state belongs to nobody.
  assert.is(await refusal(token, anew), 'enrolment_conflict', 'its name is taken again');
});

test('with approve a host waits visibly, through a restart, until a person decides', async () => {
  app = await startTestApp();
  const { token } = await enrolment({ approve: true });
  const [one, two] = [agent('web1'), agent('web2')];
  assert.is((await ask(token, one)).status, 202);
  assert.is((await ask(token, one)).status, 202);
  assert.is((await ask(token, two)).status, 202);
  assert.equal(await hosts(), []);
  assert.equal(await attention(), ['enrolment_approval null', 'enrolment_approval null']);
  assert.is((await events('enrolment_waits')).length, 2, 'told once each');
  const { dataDir } = app;
  await app.stop();
  app = await startTestApp({ dataDir });
  const list = await waiting();
  const idOf = (name: string) => list.find(({ hostname }) => hostname === name)?.id;
  assert.is(await decide('approve', idOf('web1')), 204);
  assert.is(await decide('refuse', idOf('web2')), 204);
  await app.stop();
  app = await startTestApp({ dataDir });
  assert.is((await enrolled(token, one)).name, 'web1');
  assert.is(await refusal(token, two), 'enrolment_refused');
  // An approved name does not approve another agent.
  assert.is((await ask(token, agent('web3'))).status, 202);
  assert.is(await decide('approve', idOf('web2')), 204, 'a refusal may be taken back');
  assert.is((await enrolled(token, two)).name, 'web2');
  assert.is(await decide('approve', randomUUID()), 404);
});

test('expired and removed tokens enrol nobody, and a removed one takes its waiting hosts along', async () => {
  const clock = createFakeClock();
  app = await startTestApp({ clock });
  const short = await enrolment({ expiresAt: clock.now() + 1_000 });
  const gone = await enrolment({ approve: true });
  assert.is((await ask(gone.token, agent('web1'))).status, 202);
  assert.is((await app.request('DELETE', `/api/enrolments/${gone.id}`)).status, 204);
  assert.is((await ask(gone.token, agent('web1'))).status, 401);
  assert.equal(await waiting(), []);
  assert.equal(app.store.enrolments.waiting(), []);
  clock.advance(1_000);
  assert.is(await refusal(short.token, agent('web2')), 'enrolment_refused');
  assert.match((await events('enrolment_refused'))[0]?.message ?? '', /expired/);
  assert.equal(await hosts(), []);
  assert.is((await app.request('DELETE', `/api/enrolments/${gone.id}`)).status, 404);
});

test('a failed write enrols, counts and answers nothing', async () => {
  const disk = createDisk();
  app = await startTestApp({ store: disk.under });
  const { token } = await enrolment({ maxUses: 1 });
  const web1 = agent('web1');
  disk.full = true;
  assert.is((await ask(token, web1)).status, 503);
  assert.is((await app.request('POST', '/api/enrolments', { body: {} })).status, 503);
  disk.full = false;
  assert.equal(await hosts(), []);
  const first = await enrolled(token, web1);
  disk.full = true;
  assert.is((await ask(token, web1)).status, 503);
  disk.full = false;
  assert.ok(await isGood(first.token), 'the earlier token stands');
  assert.is((await enrolled(token, web1)).hostId, first.hostId);
});

test('repeated enrolments and requests under changing names do not fill the audit', async () => {
  const clock = createFakeClock();
  app = await startTestApp({ clock });
  const { token } = await enrolment();
  const { token: asks } = await enrolment({ approve: true });
  const [web1, db] = [agent('web1'), agent('db')];
  for (let n = 0; n < 100; n += 1) {
    await enrolled(token, web1);
    assert.is((await ask(asks, { ...db, hostname: `db${n}` })).status, 202);
  }
  assert.is((await events('host_enrolled')).length, 21);
  assert.is((await events('token_rotated')).length, 20);
  assert.is((await events('enrolment_waits')).length, 21);
  assert.equal(
    (await waiting()).map(({ hostname }) => hostname),
    ['db99'],
  );
  clock.advance(60_000);
  const counts = await waitFor('the counts', async () => {
    const told = await events('enrolment_repeated');
    return told.length === 2 && told.map(({ message }) => message).sort();
  });
  assert.equal(counts, [
    '79 more times: hosts enrolled again, the last: web1',
    '79 more times: waiting hosts changed their requests, the last: db99',
  ]);
});

test("a token holder's entries and requests are bounded", async () => {
  const clock = createFakeClock();
  app = await startTestApp({ clock });
  const { token } = await enrolment({ approve: true });
  for (let n = 0; n < 100; n += 1) assert.is((await ask(token, agent(`web${n}`))).status, 202);
  for (let n = 0; n < 200; n += 1) assert.is(await refusal(token, agent(`more${n}`)), 'limit_reached');
  assert.is(await refusal(token, agent('web')), 'rate_limited');
  clock.advance(60_000);
  assert.is((await ask(token, agent('db'))).code, 'limit_reached');
  // A host that no longer asks is forgotten within a day.
  clock.advance(25 * 3_600_000);
  assert.equal(await waiting(), []);
  const { token: named } = await enrolment({ names: ['web1'] });
  for (let n = 0; n < 100; n += 1) assert.is(await refusal(named, agent(`db${n}`)), 'enrolment_refused');
  assert.ok((await events('enrolment_refused')).length <= 20);
  for (const body of [
    {},
    { ...agent('web1'), stateSecret: 'short' },
    { ...agent('a b') },
    { ...agent('web1'), stateId: 'x' },
  ])
    assert.is(await refusal(named, body), 'invalid_request');
});

test.run();
