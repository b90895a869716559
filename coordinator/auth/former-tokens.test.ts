import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock, type FakeClock } from '../../shared/time/fake-clock.ts';
import { startTestApp, type TestApp } from '../fixtures/test-app.ts';

let app: TestApp;
let clock: FakeClock;
test.before.each(async () => {
  clock = createFakeClock();
  app = await startTestApp({ clock });
});
test.after.each(() => app.close());

const self = async (token: string): Promise<number> => (await app.request('GET', '/api/agent/self', { token })).status;
async function rotate(body?: object): Promise<string> {
  const answer = await app.request('POST', '/api/hosts/web1/token', { body });
  assert.is(answer.status, 200, answer.text);
  return (answer.body as { token: string }).token;
}

test('the old token works until the new one is used, and ends with its connection then', async () => {
  const { token } = await app.addHost('web1');
  const agent = await app.connect(token);
  const next = await rotate({ graceMs: 60_000 });
  assert.is(await self(token), 200);
  assert.is(await self(next), 200);
  assert.is((await agent.closed).code, 4401);
  assert.equal([await self(token), await self(next)], [401, 200]);
  await app.connect(next);
});

test('the old token ends with its grace, even across a restart', async () => {
  const { token } = await app.addHost('web1');
  const next = await rotate({ graceMs: 60_000 });
  const { dataDir } = app;
  await app.stop();
  app = await startTestApp({ clock, dataDir });
  clock.advance(59_000);
  const agent = await app.connect(token);
  clock.advance(999);
  assert.is(await self(token), 200);
  clock.advance(1);
  assert.is((await agent.closed).code, 4401);
  assert.equal([await self(token), await self(next)], [401, 200]);
});

test("only the last of several new tokens works, beside the host's own", async () => {
  const { token } = await app.addHost('web1');
  const unused = await rotate({ graceMs: 60_000 });
  const last = await rotate({ graceMs: 60_000 });
  assert.equal([await self(unused), await self(token), await self(last)], [401, 200, 200]);
  assert.is(await self(token), 401);
});

test('without a grace every other token ends at once, and a grace has a bound', async () => {
  const { token } = await app.addHost('web1');
  await rotate({ graceMs: 60_000 });
  const last = await rotate();
  assert.equal([await self(token), await self(last)], [401, 200]);
  assert.is((await app.request('POST', '/api/hosts/web1/token', { body: { graceMs: 8 * 86_400_000 } })).status, 400);
});

test.run();
