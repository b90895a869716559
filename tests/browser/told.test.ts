import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startHttpReceiver } from '../../coordinator/notify/fixtures/http-receiver.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Receiver } from '../../shared/model/notify.ts';
import { openStage, seen } from './fixtures/stage.ts';

/** A receiver that refuses notices, as the page shows it. */

let status = 404;
const hook = await startHttpReceiver((_, response) => void response.writeHead(status).end());
const stage = openStage({
  config: `[[notify]]\nname = "ops"\nkind = "ntfy"\nurl = "${hook.url}/topic"\nevents = ["info"]\ndigestMs = 0\n[[notify]]\nname = "night"\nkind = "ntfy"\nurl = "${hook.url}/other"\nevents = ["lost"]`,
});
test.after(() => hook.close());
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

stage.browserTest('the strip and the settings show a receiver’s refusal until it takes a test', async (page) => {
  await stage.newHost();
  const { api } = stage.fleet().coordinator;
  await waitFor('a notice that was given up', async () => {
    const [ops] = (await (await api.send('/api/notify')).json()) as Receiver[];
    return (ops?.givenUp ?? 0) > 0;
  });
  await page.goto(stage.address());
  const strip = page.getByRole('region', { name: 'Needs you' });
  await strip.getByRole('link', { name: /Not told.*ops \(ntfy\) was not told .*HTTP 404/ }).click();
  const row = page.getByRole('region', { name: 'Told elsewhere' }).getByRole('listitem').filter({ hasText: 'ops' });
  await row.getByText('Not told').waitFor();
  await row.getByText(/HTTP 404/).waitFor();
  const night = page.getByRole('listitem').filter({ hasText: 'night' });
  await night.getByText('Nothing told yet').waitFor();

  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
    return (await axe.run()).violations.map(({ id }) => id);
  });
  assert.equal(found, []);

  const again = row.getByRole('button', { name: 'Send a test to ops' });
  await again.click();
  await seen(page, 'ops did not take the test: HTTP 404');
  status = 200;
  await again.click();
  await seen(page, 'ops took the test');
  await row.getByText('Told', { exact: true }).waitFor();
  await strip.getByText('Nothing needs you').waitFor();
  assert.is(hook.received.at(-1)?.url, '/topic');
});

stage.browserTest('a host that asks to enrol is in the strip, with a link to its approval', async (page) => {
  const { coordinator } = stage.fleet();
  const made = await coordinator.api.send('/api/enrolments', { method: 'POST', body: { approve: true } });
  const { token } = (await made.json()) as { token: string };
  const asked = await fetch(`${coordinator.address}/api/agent/enrol`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      hostname: 'newcomer',
      platform: 'nixos',
      stateId: randomUUID(),
      stateSecret: 'a'.repeat(64),
    }),
  });
  assert.is(asked.status, 202, await asked.text());
  await page.goto(stage.address());
  const strip = page.getByRole('region', { name: 'Needs you' });
  await strip.getByRole('link', { name: /Asks to enrol.*newcomer/ }).click();
  await page.waitForURL(/\/people$/);
});

test.run();
