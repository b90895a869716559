import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { button, openStage, seen } from './fixtures/stage.ts';

/** The admin token, asked for again by what takes a step-up. */

const stage = openStage({ config: '[access]\nstepUpMs = 2000' });
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TITLE = 'Enter the admin token again';

/** Settings, once the session's sign-in no longer counts as a step-up. */
async function openSettings(page: Page): Promise<void> {
  const removeNobody = async () => {
    const headers = { origin: stage.address() };
    return (await page.request.delete(`${stage.address()}/api/hosts/nobody`, { headers })).status();
  };
  await waitFor('the end of the step-up', removeNobody, (status) => status === 403);
  await page.goto(`${stage.address()}/settings`);
}

async function askFor(page: Page, what: 'New token' | 'Remove', name: string): Promise<void> {
  await button(page, `${what}… ${name}`).click();
  await page.getByRole('button', { name: what, exact: true }).click();
}

const isThere = async (name: string) => (await stage.fleet().coordinator.api.send(`/api/hosts/${name}`)).ok;

stage.browserTest(
  'a host is removed once the admin token is shown again; a wrong one signs nobody out',
  async (page) => {
    const { name } = await stage.newHost();
    await openSettings(page);
    await askFor(page, 'Remove', name);
    const dialog = page.getByRole('dialog', { name: TITLE });
    await dialog.waitFor();
    const input = dialog.getByLabel('Admin token');
    const hasFocus = () => input.evaluate((element) => element === document.activeElement);
    assert.ok(await hasFocus());
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await dialog.getByRole('alert').getByText('This is not the admin token.').waitFor();
    assert.ok(await hasFocus());
    assert.ok(await isThere(name), 'nothing is removed yet');

    await page.evaluate(AXE);
    const found = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
      return (await axe.run()).violations.map(({ id }) => id);
    });
    assert.equal(found, []);

    await page.keyboard.type(stage.fleet().token);
    await page.keyboard.press('Enter');
    await seen(page, `${name} removed`);
    await dialog.waitFor({ state: 'detached' });
    assert.not.ok(await isThere(name));
  },
);

stage.browserTest(
  'a person who gives up reads why nothing was done, and is asked again the next time',
  async (page) => {
    const { name } = await stage.newHost();
    await openSettings(page);
    await askFor(page, 'New token', name);
    const dialog = page.getByRole('dialog', { name: TITLE });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await seen(page, 'takes a step-up');
    assert.is(await page.getByRole('group', { name: `The token of ${name}` }).count(), 0);

    await askFor(page, 'New token', name);
    await dialog.getByLabel('Admin token').fill(stage.fleet().token);
    await button(page, 'Continue').click();
    await page.getByRole('group', { name: `The token of ${name}` }).waitFor();
  },
);

stage.browserTest('a session that ended meanwhile is reported as ended, not as a wrong token', async (page) => {
  const { name } = await stage.newHost();
  await openSettings(page);
  await askFor(page, 'Remove', name);
  const dialog = page.getByRole('dialog', { name: TITLE });
  await dialog.waitFor();
  await page.context().clearCookies();
  await dialog.getByLabel('Admin token').fill(stage.fleet().token);
  await button(page, 'Continue').click();
  await button(page, 'Sign in').waitFor();
  assert.ok(await isThere(name));
});

test.run();
