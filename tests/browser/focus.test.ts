import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { button, openStage, seen } from './fixtures/stage.ts';

/** The focus of people who use only a keyboard: it never leaves the page, and never lands on a button that ends something. */

const stage = openStage();

/** The element with the focus, by its name or its words. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.id || element?.getAttribute('aria-label') || element?.textContent || element?.tagName || '';
  });

/** Resolves once it has the focus; fails with what has it instead. */
async function hasFocus(page: Page, wanted: string): Promise<void> {
  const has = (name: string) => {
    const element = document.activeElement;
    return [element?.id, element?.getAttribute('aria-label'), element?.textContent].includes(name);
  };
  await page.waitForFunction(has, wanted).catch(() => undefined);
  assert.is(await focused(page), wanted);
}

stage.browserTest('from whatever dialog, Escape leads back to what had the focus before the first', async (page) => {
  const host = await stage.newHost();
  await page.goto(stage.address());
  await seen(page, host.name);
  const select = `Select ${host.name}`;
  await page.getByLabel(select).focus();
  await page.keyboard.press('Control+k');
  await hasFocus(page, 'Page, host or op');
  await page.keyboard.press('Escape');
  await hasFocus(page, select);

  await page.keyboard.press('Control+k');
  await page.keyboard.type(`switch ${host.name}`);
  await page.keyboard.press('Enter');
  await hasFocus(page, `Run switch on ${host.name}`);
  await page.keyboard.press('Escape');
  await hasFocus(page, select);
});

stage.browserTest('keys that follow each other at once go to what they opened', async (page) => {
  const host = await stage.newHost();
  await page.goto(stage.address());
  await seen(page, host.name);
  await page.keyboard.press('Control+k');
  // A frame lies between a key and what the browser makes of it: of so many, one comes before that.
  for (let times = 0; times < 20; times += 1) {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await hasFocus(page, 'Page, host or op');
  }
});

stage.browserTest('selecting a host, or typing into a filter, keeps the focus there', async (page) => {
  const host = await stage.newHost();
  await page.goto(stage.address());
  await page.getByLabel(`Select ${host.name}`).focus();
  await page.keyboard.press('Space');
  await page.waitForURL(/sel=/);
  await hasFocus(page, `Select ${host.name}`);
  await page.getByRole('searchbox').focus();
  await page.keyboard.type(host.name);
  await page.waitForURL(new RegExp(`q=${host.name}`));
  assert.is(await page.evaluate(() => (document.activeElement as HTMLInputElement).value), host.name);
});

stage.browserTest('a page that a dialog leads to is read from its beginning, whatever had the focus', async (page) => {
  const host = await stage.newHost();
  await page.goto(`${stage.address()}/hosts/${host.name}`);
  await page.goto(stage.address());
  await page.getByLabel(`Select ${host.name}`).waitFor();
  const settings = page.getByRole('link', { name: 'Settings' });
  await settings.focus();
  await page.keyboard.press('Control+k');
  await page.keyboard.type(host.name);
  await page.keyboard.press('Enter');
  await seen(page, 'Compartments');
  await hasFocus(page, 'main');
  // Back, with a dialog open: it had the focus for itself until then.
  await settings.focus();
  await page.keyboard.press('Control+k');
  await hasFocus(page, 'Page, host or op');
  await page.goBack();
  await page.getByLabel(`Select ${host.name}`).waitFor();
  await hasFocus(page, 'main');
});

stage.browserTest('where what had the focus is gone with its host, the page has it', async (page) => {
  const host = await stage.newHost();
  await page.goto(`${stage.address()}/?q=${host.name}`);
  await page.getByLabel(`Select ${host.name}`).check();
  await page.getByRole('toolbar').getByRole('button', { name: 'Run…' }).click();
  await page.getByRole('combobox', { name: 'Op' }).waitFor();
  const removed = await page.request.delete(`${stage.address()}/api/hosts/${host.hostId}`, {
    headers: { origin: stage.address() },
  });
  assert.is(removed.status(), 204);
  await page.getByText('No host matches').waitFor({ state: 'attached' });
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await hasFocus(page, 'main');
});

stage.browserTest(
  'a question before an end opens with the focus on the harmless answer; Escape leads back to the button that asked',
  async (page) => {
    const host = await stage.newHost();
    const id = await host.begin('test');
    await stage.asks(id);
    await page.goto(`${stage.address()}/commands/${id}`);
    for (const [asks, answers] of [
      ['Kill…', ['Keep running', 'Kill']],
      ['Stop tracking…', ['Back', 'Stop tracking']],
      ['Wait for another time for', ['5 min']],
    ] as const) {
      for (const takeBack of ['Escape', 'Enter'].slice(0, answers.length)) {
        await button(page, asks).focus();
        await page.keyboard.press('Enter');
        await hasFocus(page, answers[0]);
        await page.keyboard.press(takeBack);
        await hasFocus(page, `${asks} test on ${host.name}`);
      }
    }
    assert.is((await stage.command(id)).status, 'EXECUTING', 'nothing was answered');

    // Once somebody else has done it, the question goes; the focus stays where it was.
    await button(page, 'Stop tracking…').focus();
    await page.keyboard.press('Enter');
    await hasFocus(page, 'Back');
    await stage.fleet().coordinator.api.dispatch({ op: 'kill', hosts: [host.name] });
    await seen(page, 'Killing');
    await button(page, /^Stop tracking/).waitFor({ state: 'detached' });
    assert.ok(await page.locator('.actions').evaluate((bar) => bar === document.activeElement));
  },
);

stage.browserTest('settings ask the same way before they end a token or a host', async (page) => {
  const host = await stage.newHost();
  await page.goto(`${stage.address()}/settings`);
  const row = page.getByRole('row', { name: new RegExp(host.name) });
  for (const asks of [`New token… ${host.name}`, `Remove… ${host.name}`]) {
    for (const takeBack of ['Escape', 'Enter']) {
      await row.getByRole('button', { name: asks }).focus();
      await page.keyboard.press('Enter');
      await hasFocus(page, 'No');
      await page.keyboard.press(takeBack);
      await hasFocus(page, asks);
    }
  }
  assert.is((await stage.fleet().coordinator.api.host(host.name)).online, true);
});

test.run();
