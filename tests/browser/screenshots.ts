/** Takes the pictures of docs/img/ of a fleet in which something of everything goes on: `node tests/browser/screenshots.ts [DIR]`. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser, openPage, type PageOptions } from './fixtures/browser.ts';
import { startFleet } from './fixtures/fleet.ts';
import { playScene } from './fixtures/scene.ts';

async function main(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  const fleet = await startFleet();
  const browser = await openBrowser();
  const { address } = fleet.coordinator;

  async function take(
    name: string,
    path: string,
    text: string,
    options: PageOptions,
    prepare?: (page: Page) => Promise<void>,
  ) {
    const page = await openPage(browser, { address, token: fleet.token }, options);
    await page.goto(address + path);
    await page.getByText(text).first().waitFor();
    await prepare?.(page);
    // Fonts and the last lines of output are drawn by then.
    await page.evaluate(() => document.fonts.ready);
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(dir, `${name}.png`) });
    await page.context().close();
  }

  const scene = await playScene(fleet);
  const desk = { width: 1280, height: 560 };
  const openDispatch = async (page: Page) => {
    await page.getByRole('button', { name: 'Run…' }).click();
    await page.getByRole('dialog').waitFor();
    await page.getByText('Pull, then switch').waitFor();
  };
  await take('fleet-light', '/', 'build1', desk);
  await take('fleet-dark', '/?sel=db1,web1', 'build1', { ...desk, theme: 'dark' });
  await take('attention', '/attention', 'Timed out', { ...desk, height: 420 });
  await take('command', `/commands/${scene.failed}`, 'fetching the configuration failed', { width: 1280, height: 900 });
  await take('proof', `/commands/${scene.suspicious}`, 'Proof', { width: 1280, height: 800 });
  await take('host', `/hosts/${scene.mac1.name}`, 'Compartments', { width: 1280, height: 900 });
  await take('dispatch', '/?sel=web1,db1,mail1', 'build1', { ...desk, theme: 'dark' }, openDispatch);
  await take('phone', '/', 'build1', { width: 375, height: 812 });
  await take('phone-answer', `/commands/${scene.asking}`, 'Wait 5 min', { width: 375, height: 812, theme: 'dark' });
  await browser.close();
  await fleet.close();
}

await main(process.argv[2] ?? resolve(import.meta.dirname, '../../docs/img'));
