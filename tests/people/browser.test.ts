import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless } from '../../scripts/test-needs.ts';
import { PATIENCE_MS, waitFor } from '../../shared/fixtures/wait-for.ts';
import { missingBrowser, openBrowser } from '../browser/fixtures/browser.ts';
import { type Coordinator, startCoordinator } from '../harness/coordinator.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';
import { baseEnv } from '../harness/system.ts';
import { startProvider, type TestProvider } from './provider.ts';
import { configFor } from './scene.ts';

/** Signing in through the provider, a step-up there, and signing out, in a real browser on the real programs. */

const browserTest = testUnless([missingBrowser()]);
const dir = makeFolder('switchyard-people-browser-');
let coordinator: Coordinator;
let provider: TestProvider;
let browser: Browser;

test.before(async () => {
  if (missingBrowser()) return;
  // Its address, which the provider and CONFIG have to know, is known once it listens.
  coordinator = await startCoordinator({ dir, env: baseEnv(dir), config: '' });
  provider = await startProvider({ publicUrl: coordinator.address });
  provider.accounts.set('ann', { name: 'Ann Smith', groups: ['sre'] });
  await coordinator.stop();
  writeFileSync(join(dir, 'config.toml'), configFor(provider, { publicUrl: coordinator.address }));
  await coordinator.start();
  browser = await openBrowser();
});
test.after(async () => {
  await browser?.close();
  await coordinator?.stop();
  await provider?.close();
  await clearFolder(dir);
});

/** The provider's own pages, until it sends the browser back. */
async function passProvider(page: Page): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill('ann');
  await page.getByPlaceholder('and password').fill('x');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  const consent = page.getByRole('button', { name: 'Continue' });
  const isBack = () => page.url().startsWith(coordinator.address);
  await waitFor('the consent, or the way back', async () => isBack() || (await consent.isVisible()));
  if (!isBack()) await consent.click();
}

browserTest('a person signs in where they wanted to go, proves who they are for a removal, and signs out', async () => {
  await coordinator.api.addHost('web1');
  const context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(`${coordinator.address}/settings`);
  const link = page.getByRole('link', { name: `Sign in with ${new URL(provider.issuer).host}` });
  await link.waitFor();
  await link.click();
  await passProvider(page);
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  assert.is(new URL(page.url()).pathname, '/settings');

  await page.getByRole('button', { name: 'Remove… web1' }).click();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign in again, or enter the admin token' });
  const proof = dialog.getByRole('link', { name: 'Prove it at' });
  await proof.waitFor();
  const [tab] = await Promise.all([context.waitForEvent('page'), proof.click()]);
  await passProvider(tab);
  await tab.getByText('You can close this tab').waitFor();
  await page.getByText('web1 removed').first().waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  await link.waitFor();
  const cookies = await context.cookies(coordinator.address);
  assert.equal(
    cookies.filter(({ name }) => name.startsWith('switchyard')),
    [],
  );
  await context.close();
  assert.not.match(readFileSync(coordinator.logFile, 'utf8'), /eyJ[\w-]{20,}/);
});

test.run();
