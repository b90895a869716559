// alone: it measures how long things take

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openStage, seen } from './fixtures/stage.ts';

/** A dispatch to 3,000 hosts: from the selection to every answer. */

const stage = openStage();
const HOSTS = 3_000;
const NODES = 2_000;
const ADDRESS = 2_000;

async function register(): Promise<void> {
  const { api } = stage.fleet().coordinator;
  const names = Array.from({ length: HOSTS }, (_, n) => `node-with-a-name-${String(n).padStart(4, '0')}`);
  const worker = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await api.addHost(name);
  };
  await Promise.all(Array.from({ length: 50 }, worker));
}

stage.browserTest(
  '3,000 hosts are selected, run on and told of in few nodes, and no address is too long',
  async (page) => {
    await register();
    await page.goto(stage.address());
    await seen(page, '3,000');
    await page.getByLabel('Select all shown hosts').check();
    await seen(page, '3,000 hosts selected');
    assert.ok(page.url().length < ADDRESS, `an address of ${page.url().length} characters`);
    // Another page and back: the selection is kept.
    await page.getByRole('link', { name: 'Events' }).click();
    await page.goBack();
    await seen(page, '3,000 hosts selected');

    const nodes = () => page.evaluate(() => document.querySelectorAll('*').length);
    await page.getByRole('toolbar').getByRole('button', { name: 'Run…' }).click();
    await page.getByRole('combobox', { name: 'Op' }).selectOption('check-version');
    const open = await nodes();
    await page.getByRole('button', { name: 'Run check-version on 3,000 hosts' }).click();
    await seen(page, '3,000 of 3,000 hosts done');
    const told = await nodes();
    await page.locator('.results-row', { hasText: 'node-with-a-name-0000' }).waitFor();
    // The last one is there to be scrolled to.
    await page.getByRole('dialog').evaluate((dialog) => dialog.scrollTo(0, dialog.scrollHeight));
    await page.locator('.results-row', { hasText: `node-with-a-name-${HOSTS - 1}` }).waitFor();
    const last = await nodes();
    console.log(
      `# ${HOSTS} hosts: an address of ${page.url().length} characters; ${open} nodes to choose, ${told} and ${last} to read the answers`,
    );
    assert.ok(Math.max(open, told, last) < NODES, `${open}, ${told}, ${last} nodes`);
    const reloaded = await page.reload();
    assert.is(reloaded?.status(), 200);
  },
);

test.run();
