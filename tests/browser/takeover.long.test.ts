import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { isActive } from '../../shared/model/command.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { startOneName } from '../harness/one-name.ts';
import { startSystem } from '../harness/system.ts';
import { faults } from './fixtures/browser.ts';
import { lineSeen, readAll } from './fixtures/output-page.ts';
import { button, seen } from './fixtures/stage.ts';
import { openSuite } from './fixtures/suite.ts';

/** A page behind one name for two coordinators, whose leader is killed (docs/high-availability.md). */

/** Writes a third of its lines before the kill, a third while nobody leads, and a third after it. */
const lines = (dir: string): string =>
  [
    'seq -f "line %g" 0 99',
    waitAtGate(dir, 'killed'),
    'seq -f "line %g" 100 199',
    waitAtGate(dir, 'back'),
    'seq -f "line %g" 200 299; exit 3',
  ].join('; ');
const LINES = Array.from({ length: 300 }, (_, index) => `${index + 1}: line ${index}`);

/** Whether the page is still the one that was loaded first. */
const isTheSame = (page: Page): Promise<boolean> => page.evaluate(() => 'isTheSame' in window);

const suite = openSuite(
  async () => {
    const system = await startSystem({ coordinators: 2 });
    const name = await startOneName(system.shared?.members.map(({ coordinator }) => coordinator.address) ?? []);
    return {
      ...system,
      coordinator: { ...system.coordinator, address: name.address, api: system.api },
      async close() {
        await name.close();
        await system.close();
      },
    };
  },
  { missing: [toolMissing('pg_ctlcluster')] },
);

suite.browserTest(
  'after the leader is killed the page says so, goes on at the next leader, and shows each line once',
  async (page) => {
    const system = suite.site();
    await system.addHost('web', { ops: { steady: lines(system.dir) } });
    const id = await system.dispatch('steady', 'web');
    await page.goto(`${suite.address()}/commands/${id}`);
    await lineSeen(page, /^line 99$/);
    const events = await suite.open();
    await events.goto(`${suite.address()}/events`);
    await seen(events, 'web');
    for (const one of [page, events]) await one.evaluate(() => void Object.assign(window, { isTheSame: true }));
    const search = page.getByRole('searchbox', { name: 'Search the whole output' });
    await search.fill('line 29');

    const leader = await system.shared?.leader();
    await leader?.coordinator.kill('SIGKILL');
    const killedAt = performance.now();
    openGate(system.dir, 'killed');
    await seen(page, 'Disconnected.');
    assert.ok(await button(page, 'Kill…').isDisabled());
    await page.getByText('Disconnected.').waitFor({ state: 'detached', timeout: 60_000 });
    console.log(`# the page goes on ${Math.round(performance.now() - killedAt)} ms after its leader was killed`);
    assert.not.ok(await button(page, 'Kill…').isDisabled());
    const next = await system.shared?.leader();
    assert.ok(next && next !== leader);
    await leader?.coordinator.start();
    openGate(system.dir, 'back');

    await waitFor(
      'its end',
      () => suite.command(id),
      ({ status }) => !isActive(status),
    );
    await seen(page, /steady on web failed/);
    assert.is(await search.inputValue(), 'line 29');
    assert.equal(await readAll(page), LINES);
    assert.is(await isTheSame(page), true, 'the page was not reloaded');

    const told = (await system.api.events())
      .filter(({ commandId }) => commandId === id)
      .map(({ message, next }) => `${message}${next ? ` Next: ${next}` : ''}`);
    assert.is(told.length, 3);
    await seen(events, told.at(-1) ?? '');
    const shown = events.locator('.events li', { has: events.locator(`a[href$="${id}"]`) }).locator('.says');
    assert.equal((await shown.allInnerTexts()).sort(), told.sort());
    assert.is(await isTheSame(events), true);
    await events.context().close();
  },
);

suite.browserTest(
  'a page whose own coordinator stands by after a takeover leads to the same page at the leader',
  async () => {
    const { shared } = suite.site();
    const leader = await waitFor('a leader', async () => shared?.leader());
    const page = await suite.open({}, leader?.coordinator.address);
    await page.goto(`${leader?.coordinator.address}/events?level=error`);
    await seen(page, 'Events');
    await leader?.coordinator.kill('SIGKILL');
    await seen(page, 'Disconnected.');
    const next = await waitFor('the next leader', async () => {
      const found = await shared?.leader();
      return found !== leader && found;
    });
    await leader?.coordinator.start();
    const address = next?.coordinator.address ?? '';
    const link = page.getByRole('link', { name: address.replace('http://', '') });
    assert.is(await link.getAttribute('href'), `${address}/events?level=error`);
    await page.context().close();
    // The standby refuses what the page asks.
    const others = faults.splice(0).filter((fault) => !fault.includes('status of 503'));
    assert.equal(others, []);
  },
);

test.run();
