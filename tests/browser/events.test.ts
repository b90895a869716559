import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { button, openStage, seen } from './fixtures/stage.ts';

/** The events page goes back as far as there are events, though the feed holds only the last hundred. */

const stage = openStage();
const HOSTS = 150;

stage.browserTest('events are read back to the first, each once, and by filter from the whole past', async (page) => {
  const { api } = stage.fleet().coordinator;
  for (let n = 1; n <= HOSTS; n += 1) await api.addHost(`early${n}`);
  await page.goto(`${stage.address()}/events`);
  const rows = page.locator('.events li');
  const count = (least: number) =>
    page.waitForFunction((wanted) => document.querySelectorAll('.events li').length >= wanted, least);
  await count(100);
  assert.is(await rows.count(), 100);
  await rows.first().getByText(`early${HOSTS} was added`).waitFor();

  await api.addHost('latest');
  await rows.first().getByText('latest was added').waitFor();
  await button(page, 'Older').click();
  await count(HOSTS + 1);
  const added = await rows.locator('.says', { hasText: /^(early\d+|latest) was added/ }).allInnerTexts();
  assert.is(new Set(added).size, HOSTS + 1);
  assert.is(added.length, HOSTS + 1);
  assert.is(await button(page, 'Older').count(), 0);

  await page.goto(`${stage.address()}/events?host=early1`);
  await seen(page, 'early1 was added');
  assert.is(await rows.count(), 1);
  await page.getByLabel('Host').fill('nobody');
  await page.keyboard.press('Enter');
  await seen(page, /nobody/);
});

test.run();
