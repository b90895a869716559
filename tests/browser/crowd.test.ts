import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FleetHost } from './fixtures/fleet.ts';
import { button, openStage, seen } from './fixtures/stage.ts';

/** Many hosts at once: their answers are told apart, and their needs are told once. */

const stage = openStage({}, 'chromium');
const BULK = 50;
const ASKING = 200;
const BATCH = 50;

const addHosts = (prefix: string, count: number): Promise<FleetHost[]> =>
  Promise.all(
    Array.from({ length: count }, (_, at) => stage.fleet().addHost(`${prefix}${String(at).padStart(3, '0')}`)),
  );

const asked = (host: FleetHost): number => host.agent().frames.filter(({ type }) => type === 'command.run').length;

stage.browserTest(
  'a bulk of 50 with 3 failures: each answer is told, and exactly the 3 are tried again',
  async (page) => {
    const hosts = await addHosts('bulk', BULK);
    const [gone, broken, refusing, ...well] = hosts.toReversed();
    if (!gone || !broken || !refusing) throw new Error('too few hosts');
    await gone.leave();
    // Rows are drawn where they are in sight.
    await page.setViewportSize({ width: 1440, height: 3000 });
    await page.goto(`${stage.address()}/?q=bulk`);
    await page.getByLabel('Select all shown hosts').check();
    await page.getByRole('toolbar').getByRole('button', { name: 'Run…' }).click();
    await page.getByRole('combobox', { name: 'Op' }).selectOption('check-version');
    await button(page, `Run check-version on ${BULK} hosts`).click();
    await Promise.all(
      [broken, refusing, ...well].map(async (host) => {
        const { id } = await host.agent().next('command.run');
        if (host === refusing)
          return host.agent().send('command.rejected', { id, code: 'not_started', message: 'There is no room' });
        host.agent().send('command.accepted', { id });
        host.agent().send('command.started', { id, pid: 4121, startedAt: Date.now() });
        host.end(id, { exitCode: host === broken ? 3 : 0 });
      }),
    );
    await seen(page, `${BULK} of ${BULK} hosts done`);
    await seen(page, '3 failed');
    const dialog = page.getByRole('dialog');
    const rows = await dialog
      .locator('.results-row')
      .evaluateAll((all) =>
        all.map((row) => ['.badge', '.r-host', '.r-says'].map((part) => row.querySelector(part)?.textContent?.trim())),
      );
    assert.equal(
      rows
        .slice(0, 3)
        .map(([status, host]) => `${host} ${status}`)
        .sort(),
      [`${refusing.name} Error`, `${broken.name} Error`, `${gone.name} Blocked`].sort(),
    );
    const says = new Map(rows.map(([, host, text]) => [host, text]));
    assert.match(says.get(gone.name) ?? '', /offline/);
    assert.match(says.get(broken.name) ?? '', /3/);
    assert.match(says.get(refusing.name) ?? '', /no room/);
    assert.equal(
      rows
        .slice(3)
        .map(([status, host]) => `${host} ${status}`)
        .sort(),
      well.map(({ name }) => `${name} Success`).sort(),
    );

    await button(page, 'Retry 3 failed…').click();
    const again = [broken, refusing];
    const named = await dialog.locator('.targets').innerText();
    assert.equal(named.split(', ').sort(), [gone, ...again].map(({ name }) => name).sort());
    await button(page, 'Run check-version on 3 hosts').click();
    await Promise.all(
      again.map(async (host) => {
        const { id } = await host.agent().next('command.run');
        host.agent().send('command.accepted', { id });
        host.end(id);
      }),
    );
    await seen(page, '3 of 3 hosts done');
    await button(page, 'Retry 1 failed…').waitFor();
    assert.equal(again.map(asked), [2, 2]);
    assert.equal([...new Set(well.map(asked))], [1], 'nobody else was asked again');
    console.log(
      `# ${BULK} hosts, 3 failed: ${rows.length} answers told, failures first; the retry reached exactly those`,
    );
  },
);

stage.browserTest('200 timeouts at once are one notification, and a count', async (page) => {
  await page.addInitScript(() => {
    localStorage.setItem('switchyard.notifies', 'on');
    const told: string[] = [];
    const notifications: Notification[] = [];
    const Real = Notification;
    class Heard extends Real {
      constructor(title: string, options?: NotificationOptions) {
        super(title, options);
        told.push(title);
        notifications.push(this);
      }
    }
    Object.assign(window, { told, notifications, Notification: Heard });
  });
  const told = () => page.evaluate(() => (window as unknown as { told: string[] }).told);
  const hosts = await addHosts('asks', ASKING);
  const before = (await stage.fleet().coordinator.api.attention()).length;
  assert.is(before, 0);
  await page.goto(stage.address());
  await page.getByLabel('Select all shown hosts').waitFor();
  await stage.fleet().coordinator.api.dispatch({ op: 'test', hosts: hosts.map(({ name }) => name), force: true });
  const ids = await Promise.all(hosts.map(async (host) => (await host.agent().next('command.run')).id));
  // A few batches, so that not one frame of the feed brings them all.
  for (const [at, host] of hosts.entries()) {
    const id = ids[at] ?? '';
    host.agent().send('command.accepted', { id });
    host.agent().send('command.started', { id, pid: 4121, startedAt: Date.now() });
    if ((at + 1) % BATCH === 0) await stage.commandWhen(id, ({ startedAt }) => startedAt !== null);
  }
  await page.waitForFunction((title) => document.title === title, `(${ASKING}) Switchyard`);
  await page.waitForFunction(() => (window as unknown as { told: string[] }).told.length > 0);
  assert.is(await page.locator('.header .waiting').innerText(), String(ASKING));
  await seen(page, `${ASKING} hosts need you`);
  // All of them stand in the one that was told: there is nothing left for another.
  assert.equal(await told(), [`${ASKING} hosts need you`]);
  const renotify = await page.evaluate(() => {
    const [one] = (window as unknown as { notifications: (Notification & { renotify: boolean })[] }).notifications;
    one?.dispatchEvent(new MouseEvent('click'));
    return one?.renotify;
  });
  assert.is(renotify, true, 'the next one is told aloud as well');
  await page.waitForURL(/\/attention$/);
  console.log(`# ${ASKING} timeouts at once: ${(await told()).length} notification, title “${await page.title()}”`);
});

test.run();
