import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { button, openStage, seen } from './fixtures/stage.ts';

/** Commands that end, or wait, behind a newer one of their host: the live feed soon forgets the first, and is asked for the second. */

const stage = openStage();
const api = () => stage.fleet().coordinator.api;

const rowOf = (page: Page, words: string) => page.getByRole('row').filter({ hasText: words });
const badgeIs = (page: Page, words: string, look: string) =>
  rowOf(page, words).locator('.badge', { hasText: look }).first().waitFor();

/** A newer command of the host, which waits. */
const queue = (host: string) => api().dispatch({ op: 'refresh-all', hosts: [host], queueMs: 3_600_000 });

stage.browserTest('its end is shown on every open page, though it is not its host’s latest', async (page) => {
  const host = await stage.newHost();
  const id = await host.begin('pull');
  const { dispatchId } = await stage.command(id);
  const list = await page.context().newPage();
  await page.goto(`${stage.address()}/dispatches/${dispatchId}`);
  await list.goto(`${stage.address()}/commands?op=pull&host=${host.name}`);
  await badgeIs(page, host.name, 'Executing');
  await badgeIs(list, 'pull', 'Executing');
  await queue(host.name);
  host.end(id, { exitCode: 3 });
  await badgeIs(page, host.name, 'Error');
  await badgeIs(list, 'pull', 'Error');
  await seen(page, '1 of 1 host done');
});

stage.browserTest('the dialog that dispatched it shows its end, too', async (page) => {
  const host = await stage.newHost();
  await page.goto(`${stage.address()}/hosts/${host.name}`);
  await button(page, 'Run…').click();
  await page.getByRole('combobox', { name: 'Op' }).selectOption('check-version');
  await button(page, `Run check-version on ${host.name}`).click();
  const { id } = await host.agent().next('command.run');
  await queue(host.name);
  host.agent().send('command.accepted', { id });
  await seen(page, 'Executing');
  host.end(id, { exitCode: 3 });
  const dialog = page.getByRole('dialog');
  await dialog.locator('.badge', { hasText: 'Error' }).waitFor();
  await dialog.getByText('1 of 1 host done').waitFor();
});

stage.browserTest('a command that waits for a host is seen on the host, and can be cancelled there', async (page) => {
  const host = await stage.newHost();
  const running = await host.begin('pull');
  await queue(host.name);
  await page.goto(`${stage.address()}/?q=${host.name}`);
  await page.getByRole('link', { name: '1 queued' }).waitFor();
  await page.getByRole('link', { name: host.name, exact: true }).click();
  await seen(page, 'Under way: pull. Queued: refresh-all.');
  const queued = page.getByRole('region', { name: 'Queued command' });
  await queued.getByRole('button', { name: 'Cancel…' }).click();
  await queued.getByRole('button', { name: 'Cancel it' }).click();
  await queued.waitFor({ state: 'detached' });
  assert.is((await stage.command(running)).status, 'EXECUTING');
});

stage.browserTest('an untracked process is shown on its host, and can be killed on its page', async (page) => {
  const host = await stage.newHost();
  const id = await host.begin('pull');
  await api().dispatch({ op: 'cancel', hosts: [host.name], options: { commandId: id } });
  const { report } = await api().host(host.name);
  if (!report) throw new Error('the host has no report');
  const running = { id, op: 'pull', pid: 4121, startedAt: Date.now(), phase: null };
  host.agent().heartbeat({ ...report, sampledAt: Date.now(), running });
  await page.goto(`${stage.address()}/?q=${host.name}`);
  await seen(page, 'still runs, untracked');
  await badgeIs(page, host.name, 'Working');
  await page.getByRole('link', { name: host.name, exact: true }).click();
  await seen(page, 'pull still runs on it, and is no longer tracked.');
  await page.getByRole('region', { name: 'Untracked command' }).getByRole('link', { name: 'pull' }).click();
  await button(page, 'Kill…').click();
  await button(page, 'Kill').click();
  assert.is((await host.agent().next('command.kill')).id, id);
  host.end(id, { exitCode: 143 });
  await seen(page, 'It ended later, with exit code 143.');
  await page.getByRole('region', { name: 'Under way' }).waitFor({ state: 'detached' });
});

stage.browserTest('a filtered list says that there are newer ones, and what was looked for in vain', async (page) => {
  const host = await stage.newHost();
  host.end(await host.begin('pull'), { exitCode: 3 });
  await page.goto(`${stage.address()}/commands?host=${host.name}&status=ERROR`);
  await badgeIs(page, 'pull', 'Error');
  const newer = button(page, 'There are newer ones: show');
  const other = await stage.newHost();
  other.end(await other.begin('pull'), { exitCode: 3 });
  const second = await host.begin('check-version');
  host.end(second, { exitCode: 3 });
  await newer.click();
  await badgeIs(page, 'check-version', 'Error');
  await newer.waitFor({ state: 'detached' });
  await page.goto(`${stage.address()}/commands?host=${host.name}&op=reboot`);
  await seen(page, `Looked for: host ${host.name}, op reboot.`);
  await button(page, 'Clear the filter').click();
  await badgeIs(page, 'check-version', 'Error');
});

test.run();
