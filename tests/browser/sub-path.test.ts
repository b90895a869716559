import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startReverseProxy } from '../network/fixtures/reverse-proxy.ts';
import { lineSeen } from './fixtures/output-page.ts';
import { openStage, seen } from './fixtures/stage.ts';

/** The dashboard below a path that a proxy takes off: every page, its links, the live feed and the output. */

const stage = openStage();

stage.browserTest('below a path everything is where it is without one', async (own) => {
  const host = await stage.newHost();
  const proxy = await startReverseProxy({ target: stage.address(), path: '/yard' });
  const address = `http://127.0.0.1:${proxy.port}/yard`;
  const page = await stage.open({}, address);
  const missing: string[] = [];
  page.on('response', (answer) => {
    if (answer.status() >= 400) missing.push(`${answer.status()} ${answer.url()}`);
  });
  try {
    await page.goto(`${address}/`);
    await page.getByRole('link', { name: host.name }).first().click();
    await page.waitForURL(`${address}/hosts/${host.name}`);
    const id = await host.begin('pull');
    // Its link comes by the live feed, which must be connected for it.
    await page.getByRole('link', { name: 'pull' }).first().click();
    await page.waitForURL(`${address}/commands/${id}`);
    host.write(id, 0, 'first\n');
    await lineSeen(page, /^first$/);
    await page.reload();
    await lineSeen(page, /^first$/);
    const raw = page.getByRole('link', { name: 'Raw' });
    assert.is(await raw.evaluate((link: HTMLAnchorElement) => link.pathname), `/yard/api/commands/${id}/output`);
    for (const [name, path] of [
      ['Needs you', '/attention'],
      ['Commands', '/commands'],
      ['Events', '/events'],
      ['Settings', '/settings'],
      ['Fleet', '/'],
    ] as const) {
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
      await page.waitForURL(`${address}${path}`);
      await page.reload();
      await seen(page, 'Switchyard');
    }
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.is(await page.evaluate(() => document.activeElement?.id), 'main');
    assert.equal(missing, []);
  } finally {
    await page.context().close();
    await proxy.close();
  }
  await own.goto(`${stage.address()}/hosts/${host.name}`);
  await seen(own, host.name);
});

test.run();
