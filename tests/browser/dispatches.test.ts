import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { button, openStage, seen } from './fixtures/stage.ts';

/** Dispatches: listed, drawn over time, and ended as one. */

const stage = openStage();

stage.browserTest(
  'a dispatch is found in the list, drawn over time, and killed as a whole, each command by its id',
  async (page) => {
    const hosts = [await stage.newHost(), await stage.newHost(), await stage.newHost()];
    const names = hosts.map(({ name }) => name);
    const { api } = stage.fleet().coordinator;
    const { answer } = await api.dispatch({ op: 'check-version', hosts: names, force: true });
    const ids = answer.results.map(({ commandId }) => commandId);
    for (const host of hosts) {
      const { id } = await host.agent().next('command.run');
      host.agent().send('command.accepted', { id });
      host.agent().send('command.started', { id, pid: 4121, startedAt: Date.now() });
      if (host === hosts[0]) host.end(id);
    }
    await stage.commandWhen(ids[0] ?? '', ({ status }) => status === 'SUCCESS');
    await page.goto(`${stage.address()}/commands`);
    await page.getByRole('link', { name: 'Dispatches' }).click();
    const row = page.getByRole('row').filter({ hasText: 'check-version on 3 hosts' });
    await row.getByText('2 executing').waitFor();
    await row.getByText('1 success').waitFor();
    await row.getByRole('link', { name: 'check-version on 3 hosts' }).click();
    await page.getByRole('img', { name: /^3 hosts over / }).waitFor();
    await button(page, 'Kill all 2…').click();
    await button(page, /^Kill 2$/).click();
    for (const [at, host] of hosts.slice(1).entries()) {
      const kill = await host.agent().next('command.kill');
      assert.is(kill.id, ids[at + 1]);
      host.agent().send('command.killing', { id: kill.id, stage: 'term', survivors: 1, at: Date.now() });
      host.agent().send('command.exited', {
        id: kill.id,
        exitCode: null,
        signal: 'SIGTERM',
        lost: false,
        startedAt: 1,
        endedAt: 2,
        outputBytes: 0,
        kill: { termAt: Date.now(), killAt: null },
      });
    }
    await seen(page, 'Killing 2 commands');
    const statuses = () => Promise.all(ids.map(async (id) => (await api.command(id)).status));
    const ended = await waitFor('the kills', statuses, (all) =>
      all.every((one) => ['SUCCESS', 'KILLED'].includes(one)),
    );
    assert.equal(ended, ['SUCCESS', 'KILLED', 'KILLED']);
    await button(page, /Kill all/).waitFor({ state: 'detached' });
  },
);

stage.browserTest('no dispatch is left out of the list when many come at once', async (page) => {
  const { name } = await stage.newHost();
  const { api } = stage.fleet().coordinator;
  const list = page.getByRole('table', { name: 'Dispatches' });
  const rows = async () => Number(await list.getAttribute('aria-rowcount')) - 1;
  await page.goto(`${stage.address()}/dispatches`);
  await list.waitFor();
  const before = await rows();
  await Promise.all(Array.from({ length: 60 }, () => api.dispatch({ op: 'check-version', hosts: [name] })));
  await waitFor(
    'all dispatches, with the older ones',
    async () => {
      const older = button(page, 'Older');
      if (await older.isVisible()) await older.click();
      return await rows();
    },
    (count) => count === before + 60,
  );
});

stage.browserTest('a dispatch behind the first page of the list shows how it ended', async (page) => {
  const host = await stage.newHost();
  const { api } = stage.fleet().coordinator;
  await page.goto(`${stage.address()}/dispatches`);
  const list = page.getByRole('table', { name: 'Dispatches' });
  await list.waitFor();
  const id = await host.begin('check-version');
  // Refused, since the host is busy.
  await Promise.all(Array.from({ length: 60 }, () => api.dispatch({ op: 'check-version', hosts: [host.name] })));
  await page.reload();
  await list.waitFor();
  await button(page, 'Older').click();
  const { dispatchId } = await api.command(id);
  const row = page.getByRole('row').filter({ has: page.locator(`a[href$="${dispatchId}"]`) });
  for (let scrolled = 0; !(await row.isVisible()) && scrolled < 100; scrolled += 1) {
    await page.mouse.move(700, 500);
    await page.mouse.wheel(0, 300);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  await row.getByText('1 executing').waitFor();
  host.end(id);
  await row.getByText('1 success').waitFor();
});

test.run();
