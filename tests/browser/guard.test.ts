import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { endOf, guardOf, NEW, OLD, ON_TRIAL } from '../../coordinator/fixtures/guarded-host.ts';
import type { Report } from '../../shared/model/report.ts';
import type { Guard } from '../../shared/ops/guard.ts';
import type { FleetHost } from './fixtures/fleet.ts';
import { button, openStage, seen } from './fixtures/stage.ts';

/** A guarded activation on its command's page: on trial, held, kept and undone by a person. */

const stage = openStage();

/** The host reports its guard; `systemPath` is the new system's. */
const stands = (id: string, state: Guard['state'], leftMs: number | null = null): Partial<Report> => ({
  systemPath: NEW,
  profilePath: OLD,
  guard: guardOf(id, state, leftMs === null ? null : Date.now() + leftMs),
});

/** A rollback whose activation has ended, seen on its page. */
async function onTrial(page: Page, leftMs: number): Promise<{ host: FleetHost; id: string }> {
  const host = await stage.newHost({ features: ['guard'], report: { systemPath: OLD, profilePath: OLD, guard: null } });
  const id = await host.begin('rollback');
  await page.goto(`${stage.address()}/commands/${id}`);
  await seen(page, 'Executing');
  const evidence = { ...ON_TRIAL, failedUnits: [], failedUnitsBefore: ['backup.service'] };
  host.end(id, { evidence, report: stands(id, 'activated', leftMs) });
  return { host, id };
}

const panel = (page: Page) => page.getByRole('region', { name: 'Guarded activation' });

/** Seconds that the panel says are left. */
async function left(page: Page): Promise<number> {
  const text = await panel(page).innerText();
  const [, minutes, seconds] = /goes back in (\d+):(\d\d)/.exec(text) ?? [];
  if (minutes === undefined) throw new Error(text);
  return Number(minutes) * 60 + Number(seconds);
}

stage.browserTest('on trial the page counts down, and Keep keeps', async (page) => {
  const { host, id } = await onTrial(page, 60_000);
  await panel(page).getByText('unless it is kept').waitFor();
  const first = await left(page);
  assert.ok(first > 30 && first <= 60, `${first} s`);
  await panel(page)
    .getByText(`goes back in 0:${String(first - 2).padStart(2, '0')}`)
    .waitFor();
  await button(page, 'Keep').click();
  assert.equal(await host.agent().next('command.keep'), { id });
  await seen(page, 'To be kept: profile and boot default are set.');
  assert.is(await button(page, 'Undo…').count(), 0, 'it is decided');
  await host.comeBack({ systemPath: NEW, profilePath: NEW, guard: null, guardEnd: endOf(id, 'kept', 'keep') });
  await page.locator('.badge', { hasText: 'Success' }).first().waitFor();
  await panel(page).waitFor({ state: 'detached' });
  const proof = page.locator('dd', { hasText: 'backup.service' });
  await proof.waitFor();
  await seen(page, 'Failed before');
  await seen(page, 'Told to keep the new system');
});

stage.browserTest('Undo asks first, and the host goes back', async (page) => {
  const { host, id } = await onTrial(page, 60_000);
  await button(page, 'Undo…').click();
  await seen(page, `Let ${host.name} go back to the system before?`);
  assert.is((await stage.command(id)).decision, null);
  await panel(page).getByRole('button', { name: 'Undo', exact: true }).click();
  assert.equal(await host.agent().next('command.undo'), { id });
  await seen(page, 'To be undone: the host goes back to the system before.');
  host.agent().heartbeat({ ...(await reportOf(host)), ...stands(id, 'undoing') });
  await seen(page, 'The host is going back to the system before.');
  await host.comeBack({ systemPath: OLD, profilePath: OLD, guard: null, guardEnd: endOf(id, 'undone', 'undo') });
  await page.locator('.badge', { hasText: 'Rolled back' }).first().waitFor();
});

const reportOf = async ({ name }: FleetHost): Promise<Report> => {
  const { report } = await stage.fleet().coordinator.api.host(name);
  if (!report) throw new Error('there is no report');
  return { ...report, sampledAt: Date.now() };
};

stage.browserTest(
  'a held guard counts nothing down and can still be decided; an activating one cannot',
  async (page) => {
    const host = await stage.newHost({
      features: ['guard'],
      report: { systemPath: OLD, profilePath: OLD, guard: null },
    });
    const id = await host.begin('rollback');
    await page.goto(`${stage.address()}/commands/${id}`);
    host.agent().heartbeat({ ...(await reportOf(host)), ...stands(id, 'armed') });
    await seen(page, 'A guard watches the activation; a forced kill undoes it.');
    assert.is(await button(page, 'Keep').count(), 0);
    host.end(id, { evidence: ON_TRIAL, report: stands(id, 'held') });
    await seen(page, 'On trial, and held for up to 24 h, since only the coordinator was away.');
    await button(page, 'Keep').waitFor();
    await button(page, 'Undo…').waitFor();
  },
);

test.run();
