import { randomUUID } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NewEnrolment, WaitingHost } from '../../shared/model/enrolment.ts';
import type { Host } from '../../shared/model/host.ts';
import { startTestApp, type TestApp } from '../fixtures/test-app.ts';

let app: TestApp;
test.after.each(() => app.close());

const enrolment = async (tags: string[] = []): Promise<NewEnrolment> =>
  (await app.request('POST', '/api/enrolments', { body: { approve: true, tags } })).body;
const ask = async (token: string, body: object): Promise<number> =>
  (await app.request('POST', '/api/agent/enrol', { token, body })).status;
const waiting = async (): Promise<WaitingHost[]> => (await app.request('GET', '/api/enrolments/waiting')).body;
const approve = async (): Promise<void> => {
  const [one] = await waiting();
  assert.is((await app.request('POST', `/api/enrolments/waiting/${one?.id}/approve`)).status, 204);
};
const hosts = async (): Promise<Host[]> => ((await app.request('GET', '/api/hosts')).body as { items: Host[] }).items;

test('an approval is for the name and the enrolment that a person was shown', async () => {
  app = await startTestApp();
  const [plain, prod] = [await enrolment(), await enrolment(['prod'])];
  const web1 = { hostname: 'web1', platform: 'nixos', stateId: randomUUID(), stateSecret: randomUUID() };
  const vault = { ...web1, hostname: 'vault' };
  assert.is(await ask(plain.token, web1), 202);
  await approve();

  assert.is(await ask(prod.token, web1), 202, 'with the tags of another enrolment');
  assert.equal(
    (await waiting()).map(({ enrolmentId, decision }) => ({ enrolmentId, decision })),
    [{ enrolmentId: prod.id, decision: null }],
  );
  await approve();
  assert.is(await ask(prod.token, vault), 202, 'under another name');
  assert.equal(await hosts(), []);
  await approve();
  assert.is(await ask(prod.token, vault), 200);
  assert.equal(
    (await hosts()).map(({ name, tags }) => ({ name, tags })),
    [{ name: 'vault', tags: ['prod'] }],
  );
});

test.run();
