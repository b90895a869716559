import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { button, openStage, seen } from './fixtures/stage.ts';

/** Actions on a running command: kills that are made stronger, and a coordinator that does not answer. */

const stage = openStage();

const STRONGER = /^Kill (now|during activation)…$/;

async function killing(page: Page) {
  const host = await stage.newHost();
  const id = await host.begin('pull');
  await page.goto(`${stage.address()}/commands/${id}`);
  await button(page, 'Kill…').click();
  await button(page, /^Kill$/).click();
  const first = await host.agent().next('command.kill');
  const stageIs = (stage: 'deferred' | 'term' | 'kill') =>
    host.agent().send('command.killing', { id, stage, survivors: 1, at: Date.now() });
  return { host, id, first, stageIs };
}

stage.browserTest('a kill that takes too long can be made a SIGKILL once, and that ends it', async (page) => {
  const { host, id, first, stageIs } = await killing(page);
  assert.equal([first.signal, first.force], ['SIGTERM', false]);
  stageIs('term');
  await button(page, 'Kill now…').click();
  await seen(page, `Kill pull on ${host.name} (pid 4121) now? Its processes get no chance to tidy up.`);
  await button(page, /^Kill now$/).click();
  const second = await host.agent().next('command.kill');
  assert.equal([second.id, second.signal, second.force], [id, 'SIGKILL', false]);
  await stage.commandWhen(id, ({ kill }) => kill?.signal === 'SIGKILL');
  await button(page, STRONGER).waitFor({ state: 'detached' });
  assert.is((await stage.command(id)).status, 'KILLING');
});

stage.browserTest(
  'a kill that waits for an activation can be forced, and a forced one made a SIGKILL: none of them is refused',
  async (page) => {
    const { host, id, stageIs } = await killing(page);
    stageIs('deferred');
    await button(page, 'Kill during activation…').click();
    assert.is(await button(page, STRONGER).count(), 0);
    await seen(page, `Kill pull on ${host.name} (pid 4121) during its activation? That may leave half a system.`);
    await button(page, /^Kill during activation$/).click();
    const forced = await host.agent().next('command.kill');
    assert.equal([forced.signal, forced.force], ['SIGTERM', true]);
    stageIs('term');
    await button(page, 'Kill now…').click();
    await button(page, /^Kill now$/).click();
    const last = await host.agent().next('command.kill');
    assert.equal([last.signal, last.force], ['SIGKILL', true]);
    await stage.commandWhen(id, ({ kill }) => kill?.signal === 'SIGKILL');
    await button(page, STRONGER).waitFor({ state: 'detached' });
    assert.is(await page.locator('.notice[data-tone=error]').count(), 0);
  },
);

stage.browserTest(
  'while SIGKILL is under way by itself nothing stronger is offered, nor asked any more',
  async (page) => {
    const { stageIs } = await killing(page);
    await button(page, 'Kill now…').click();
    await button(page, /^Kill now$/).waitFor();
    stageIs('kill');
    await button(page, /^Kill now/).waitFor({ state: 'detached' });
    assert.is(await button(page, STRONGER).count(), 0);
  },
);

stage.browserTest('a request that is never answered is given up, and the buttons are there again', async (page) => {
  const host = await stage.newHost();
  const id = await host.begin('pull');
  // The page's patience in a hundredth of the time.
  await page.addInitScript(() => {
    const real = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (ms) => real(ms / 100);
  });
  let swallowed = 0;
  await page.route('**/api/dispatch', () => {
    swallowed += 1;
  });
  await page.goto(`${stage.address()}/commands/${id}`);
  await button(page, 'Kill…').click();
  await button(page, /^Kill$/).click();
  await seen(page, 'The coordinator does not answer');
  assert.is(swallowed, 1);
  await button(page, 'Kill…').click();
  await button(page, /^Kill$/).click({ trial: true });
  await page.unroute('**/api/dispatch');
  await button(page, /^Kill$/).click();
  await host.agent().next('command.kill');
});

test.run();
