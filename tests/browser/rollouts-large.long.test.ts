// alone: it measures how long things take

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Rollout, RolloutView } from '../../shared/model/rollout.ts';
import { obey } from './fixtures/obedient.ts';
import { openStage } from './fixtures/stage.ts';

/** A rollout over 3,000 hosts: few nodes for many dots. Most hosts are offline and passed over at their turn. */

const stage = openStage();
const HOSTS = 3_000;
const ONLINE = 20;
const NODES = 2_000;

const nameOf = (n: number): string => `h${String(n).padStart(4, '0')}`;

stage.browserTest('3,000 hosts are dots in a few nodes, and the page follows them to the end', async (page) => {
  const { api } = stage.fleet().coordinator;
  for (let n = 0; n < ONLINE; n += 1) obey(await stage.fleet().addHost(nameOf(n)), () => ({}));
  const names = Array.from({ length: HOSTS - ONLINE }, (_, at) => nameOf(ONLINE + at));
  const register = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await api.addHost(name);
  };
  await Promise.all(Array.from({ length: 50 }, register));

  await page.goto(`${stage.address()}/rollouts/new?op=check-version&where=name:h*`);
  await page.getByText(`${(HOSTS - ONLINE).toLocaleString('en')} hosts are offline now.`).waitFor();
  const formNodes = await page.evaluate(() => document.querySelectorAll('*').length);
  const made = await api.send('/api/rollouts', {
    method: 'POST',
    body: {
      steps: [{ op: 'check-version' }],
      where: 'name:h*',
      waves: [
        { count: 1, soakMs: 0 },
        { count: ONLINE - 1, soakMs: 0 },
        { percent: 100, approve: true },
      ],
      maxParallel: 10_000,
    },
  });
  const { id } = (await made.json()) as Rollout;
  const openedAt = Date.now();
  await page.goto(`${stage.address()}/rollouts/${id}`);
  await page.locator('.wave').nth(2).waitFor();
  const openMs = Date.now() - openedAt;
  await page.getByText('Waiting for approval').waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  const view = async () => (await (await api.send(`/api/rollouts/${id}`)).json()) as RolloutView;
  await waitFor('the end', view, ({ status }) => status !== 'RUNNING');
  await page
    .locator('.counts')
    .getByText(new RegExp(`${(HOSTS - ONLINE).toLocaleString('en')} deferred`))
    .waitFor();
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  const sizeKb = Math.round((await page.evaluate(() => document.body.innerHTML.length)) / 1_000);
  console.log(
    `# ${HOSTS} hosts: waves after ${openMs} ms; ${formNodes} DOM nodes in the form, ${nodes} in the rollout, ${sizeKb} kB`,
  );
  assert.ok(Math.max(nodes, formNodes) < NODES, `${nodes} and ${formNodes} nodes`);
  // The page says what the API says.
  const { counts } = await view();
  assert.equal([counts.proven, counts.deferred], [ONLINE, HOSTS - ONLINE]);
});

test.run();
