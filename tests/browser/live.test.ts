// alone: it measures how long things take

import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { button, openStage, seen } from './fixtures/stage.ts';

/** Pages while the world changes under them. */

const stage = openStage();

stage.browserTest(
  'two people answer at once: one answer counts, and the other person sees whose it was',
  async (page) => {
    const host = await stage.newHost();
    const id = await host.begin('test');
    await stage.asks(id);
    const [one, other] = [page, await stage.open()];
    for (const page of [one, other]) {
      await page.goto(`${stage.address()}/commands/${id}`);
      await button(page, 'Stop tracking…').click();
      await button(page, /^Stop tracking$/).waitFor();
    }
    await Promise.all([one, other].map((page) => button(page, /^Stop tracking$/).click()));
    const told = (page: Page) => page.locator('.notice').first().innerText();
    const words = await Promise.all([told(one), told(other)]);
    assert.is(words.filter((text) => text.startsWith('No longer tracking')).length, 1, words.join(' | '));
    assert.is(words.filter((text) => text.includes('Already answered by admin')).length, 1, words.join(' | '));
    const { history } = await stage.command(id);
    const effects = history.filter(({ to }) => to === 'TIMEOUT').length;
    console.log(`# two answers at once: ${effects} effect`);
    assert.is(effects, 1);
    await other.context().close();
  },
);

stage.browserTest(
  'a cut socket is said within 2 s, ages grow, actions are off; afterwards all is as it was',
  async (page) => {
    const host = await stage.newHost();
    const id = await host.begin('pull');
    let isCut = false;
    let cut = () => {};
    await page.routeWebSocket(/ws\/dashboard/, (socket) => {
      if (isCut) return void socket.close();
      const server = socket.connectToServer();
      cut = () => {
        isCut = true;
        void socket.close();
        void server.close();
      };
    });
    await page.goto(`${stage.address()}/commands/${id}`);
    await button(page, 'Kill…').click({ trial: true });
    const cutAt = Date.now();
    cut();
    await seen(page, 'Disconnected.');
    const took = Date.now() - cutAt;
    console.log(`# a cut socket is said after ${took} ms`);
    assert.ok(took < 2_000);
    assert.ok(await button(page, 'Kill…').isDisabled());
    isCut = false;
    await page.getByText('Disconnected.').waitFor({ state: 'detached' });
    assert.not.ok(await button(page, 'Kill…').isDisabled());
    host.end(id);
    await seen(page, /pull on .* (succeeded|is done)/);
  },
);

stage.browserTest('with a clock that is a day off the countdown is right within a second', async (page) => {
  const host = await stage.newHost();
  const id = await host.begin('test');
  const { timeoutAt } = await stage.asks(id);
  await page.addInitScript(() => {
    const real = Date.now;
    Object.assign(window, { realNow: () => real() });
    Date.now = () => real() + 86_400_000;
  });
  await page.goto(`${stage.address()}/commands/${id}`);
  await page.locator('.panel .overdue').first().waitFor();
  /** Its text at each change, and the time by a right clock. */
  const ticks = await page.evaluate(
    () =>
      new Promise<{ text: string; at: number }[]>((resolve) => {
        const ticks: { text: string; at: number }[] = [];
        const { realNow } = window as unknown as { realNow: () => number };
        const look = () => {
          const text = document.querySelector('.panel .overdue')?.textContent ?? '';
          if (text !== ticks.at(-1)?.text) ticks.push({ text, at: realNow() });
          if (ticks.length < 4) requestAnimationFrame(look);
          else resolve(ticks.slice(1));
        };
        look();
      }),
  );
  const errors = ticks.map(({ text, at }) => {
    const [, minutes = '0', seconds = '0'] = /overdue (\d+):(\d+)/.exec(text) ?? [];
    return Math.abs((at - (timeoutAt ?? 0)) / 1000 - (Number(minutes) * 60 + Number(seconds)));
  });
  console.log(`# a day off, the countdown is at most ${Math.max(...errors).toFixed(2)} s off`);
  assert.ok(Math.max(...errors) <= 1, JSON.stringify(ticks));
});

stage.browserTest('rows do not move under a pointer, and the list says what waits', async (page) => {
  await stage.newHost();
  await page.goto(`${stage.address()}/?sort=state`);
  await page.locator('.fleet-row').first().hover();
  const order = () => page.locator('.fleet-row .c-host a').allInnerTexts();
  const before = await order();
  const host = await stage.newHost();
  const update = button(page, /would move: update the list/);
  await update.waitFor();
  assert.equal(await order(), before);
  await update.click();
  await page.locator('.fleet-row .c-host a', { hasText: host.name }).waitFor();
});

test.run();
