import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import { createHeldStore } from './fixtures/held-store.ts';
import { ADMIN_TOKEN, startTestApp } from './fixtures/test-app.ts';

/** Requests that wait for a commit while the coordinator ends. */

async function whileEnding(endOf: (held: ReturnType<typeof createHeldStore>) => void) {
  const held = createHeldStore();
  const app = await startTestApp({ store: held.under });
  const address = await app.listen();
  const post = (name: string) =>
    fetch(`${address}/api/hosts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
  held.holds = true;
  const asked = post('web1');
  asked.catch(() => {});
  await waitFor('its commit', held.waiting);
  held.holds = false;
  const closed = app.close();
  const later = await post('web2').then(
    async (answer) => ((await answer.json()) as { code: string }).code,
    () => 'not reached',
  );
  endOf(held);
  const answer = await asked;
  const body = (await answer.json()) as Record<string, unknown>;
  await closed;
  return { status: answer.status, body, later };
}

test('a request whose commit succeeds while the coordinator ends is answered, and later ones are refused', async () => {
  const { status, body, later } = await whileEnding((held) => held.end());
  assert.equal([status, body.name], [201, 'web1']);
  assert.is(later, 'storage_unavailable');
});

test('a request whose commit is lost with the lead is told so', async () => {
  const { status, body } = await whileEnding((held) => held.end(new Error('the sessions were cut')));
  assert.equal([status, body.code], [503, 'storage_unavailable']);
});

test('an answer that never comes holds up the end for a second at most', async () => {
  const held = createHeldStore();
  const app = await startTestApp({ store: held.under });
  const address = await app.listen();
  held.holds = true;
  const asked = fetch(`${address}/api/hosts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: '{"name":"web1"}',
  });
  const cut = asked.then(
    () => false,
    () => true,
  );
  await waitFor('its commit', held.waiting);
  const closed = app.close();
  assert.ok(await cut);
  held.holds = false;
  held.end();
  await closed;
});

test.run();
