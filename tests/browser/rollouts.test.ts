import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Quarantined, Rollout, RolloutRequest, RolloutView } from '../../shared/model/rollout.ts';
import type { FleetHost, Greeting } from './fixtures/fleet.ts';
import { obey } from './fixtures/obedient.ts';
import { button, openStage, seen } from './fixtures/stage.ts';

/** Rollouts by the page alone: made, watched, decided on. */

const stage = openStage();
const api = () => stage.fleet().coordinator.api;

let groups = 0;
/** Hosts with a common prefix, which `where` finds. */
async function newGroup(count: number, hello?: Greeting): Promise<{ where: string; hosts: FleetHost[] }> {
  groups += 1;
  const name = `group${groups}x`;
  const hosts: FleetHost[] = [];
  for (let n = 1; n <= count; n += 1) hosts.push(await stage.fleet().addHost(`${name}${n}`, hello));
  return { where: `name:${name}*`, hosts };
}

async function start(request: RolloutRequest): Promise<Rollout> {
  const response = await api().send('/api/rollouts', { method: 'POST', body: request });
  assert.is(response.status, 201, 'it is made');
  return (await response.json()) as Rollout;
}

const view = async (id: string): Promise<RolloutView> =>
  (await (await api().send(`/api/rollouts/${id}`)).json()) as RolloutView;

const statusOf = (id: string, wanted: Rollout['status']) =>
  waitFor(
    `${wanted} of the rollout`,
    () => view(id),
    ({ status }) => status === wanted,
  );

const open = (page: Page, id: string) => page.goto(`${stage.address()}/rollouts/${id}`);
const wave = (page: Page, name: string) => page.locator('.wave', { hasText: name });

stage.browserTest('a new user rolls out, sees the failure, and recovers, with the page alone', async (page) => {
  const { where, hosts } = await newGroup(6);
  let isBroken = true;
  for (const [at, host] of hosts.entries()) obey(host, () => ({ exitCode: isBroken && at === 1 ? 3 : 0 }));
  await page.goto(stage.address());
  await page.getByRole('link', { name: 'Rollouts' }).click();
  await page.getByRole('link', { name: 'New rollout' }).click();
  await page.getByRole('combobox', { name: 'Op' }).selectOption('check-version');
  await page.getByRole('textbox', { name: 'Hosts', exact: true }).fill(where);
  await page.getByRole('textbox', { name: 'Waves' }).fill('1, 2, rest');
  await page.getByRole('combobox', { name: 'Soak after each wave' }).selectOption('0');
  const plan = page.locator('.wave-plan li');
  await plan
    .nth(1)
    .getByText(/group\dx2, group\dx3/)
    .waitFor();
  assert.match(await plan.nth(1).innerText(), /2 hosts/);
  await button(page, 'Roll out to 6 hosts').click();

  await seen(page, '1 host failed; none may. No further host begins. Nothing was undone.');
  const failure = page.locator('.failures li');
  assert.match(await failure.innerText(), new RegExp(`${hosts[1]?.name}\\s+Exited with status 3`));
  assert.match(await wave(page, 'wave 3').innerText(), /0 of 3 hosts proven/);
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const paused = await view(id);
  assert.is(paused.status, 'PAUSED');
  await failure.getByRole('link', { name: 'Open the command' }).click();
  await page.waitForURL(/commands\/[\w-]+$/);
  await seen(page, `check-version on ${hosts[1]?.name} failed`);
  // The strip leads back to the waiting rollout.
  await page.getByRole('region', { name: 'Needs you' }).getByText('check-version').first().click();

  isBroken = false;
  await button(page, 'Retry').click();
  await seen(page, 'All 6 hosts are proven.');
  const done = await view(id);
  assert.equal([done.status, done.counts.proven], ['DONE', 6]);
  assert.equal(await page.locator('.failures li').count(), 0);
});

stage.browserTest('a fault in the words for hosts is shown where they are typed', async (page) => {
  await page.goto(`${stage.address()}/rollouts/new?where=tag:web+and`);
  await seen(page, /After “tag:web and”/);
  assert.ok(await button(page, 'Roll out').isDisabled());
  await page.getByRole('textbox', { name: 'Waves' }).fill('1, half');
  await seen(page, 'Waves are counts and percents');
});

stage.browserTest('a soak shows its clock, and the gate what it sees of each part', async (page) => {
  const { where, hosts } = await newGroup(3);
  for (const host of hosts) obey(host, () => ({}));
  const { id } = await start({ steps: [{ op: 'check-version' }], where, waves: [{ count: 2, soakMs: 600_000 }] });
  await open(page, id);
  await wave(page, 'wave 1')
    .getByText(/Soaks, (9:5\d|10:00) left/)
    .waitFor();
  const light = (name: string) => page.locator('.gate li', { hasText: name });
  await light('Online').getByText('2 of 2').waitFor();
  assert.match(await light('System').innerText(), /Holds/);
  await hosts[0]?.leave();
  await light('Online').getByText('Not seen').waitFor();
  assert.match(await light('Online').innerText(), /1 of 2\s+group\dx1 is away/);
  await button(page, 'Pause').click();
  await seen(page, /paused it\. No further host begins/);
  await button(page, 'Stop…').click();
  await button(page, /^Stop$/).click();
  await seen(page, 'It was stopped');
  assert.is((await view(id)).status, 'STOPPED');
  assert.is(await page.locator('.page-head button').count(), 0, 'nothing is left to decide');
});

stage.browserTest('the keyboard alone gives an approval from the strip', async (page) => {
  const { where, hosts } = await newGroup(2);
  for (const host of hosts) obey(host, () => ({}));
  const name = 'kernel update';
  const { id } = await start({ name, steps: [{ op: 'check-version' }], where, waves: [{ count: 2 }], approve: true });
  await page.goto(stage.address());
  await seen(page, name);
  const tabTo = async (words: string) => {
    for (let tabs = 0; tabs < 40; tabs += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent,
      );
      if (focused?.includes(words)) return;
    }
    throw new Error(`Tab does not come to ${words}`);
  };
  await tabTo(name);
  await page.keyboard.press('Enter');
  await seen(page, 'Waiting for approval');
  await tabTo(`Approve ${name}`);
  await page.keyboard.press('Enter');
  await statusOf(id, 'DONE');
  await seen(page, 'All 2 hosts are proven.');
});

stage.browserTest('the canary can be previewed before an approval, and its preview stands beside it', async (page) => {
  const { commit } = stage.fleet();
  const { where, hosts } = await newGroup(2, {
    features: ['commit', 'preview'],
    ops: [
      { id: 'preview', completion: 'exit' },
      { id: 'pull-switch', completion: 'restart' },
    ],
  });
  const preview = {
    commit,
    builtPath: '/nix/store/x-system',
    same: false,
    packages: { added: ['foo-1'], removed: [], changed: [{ name: 'nginx', from: '1.26', to: '1.28' }] },
    closureBytes: 1_000,
    closureBytesBefore: 900,
    units: { stop: [], start: [], restart: [], reload: [] },
    rebootNeeded: false,
    inhibitors: [],
  };
  for (const host of hosts) obey(host, () => ({ evidence: { preview } }));
  const { id } = await start({ steps: [{ op: 'pull-switch' }], where, commit, approve: true });
  await open(page, id);
  await button(page, `Preview it on ${hosts[0]?.name}`).click();
  await seen(page, /nginx/);
  assert.is((await view(id)).status, 'AWAITING_APPROVAL', 'a preview approves nothing');
  await button(page, 'Stop…').click();
  await button(page, /^Stop$/).click();
  await statusOf(id, 'STOPPED');
});

stage.browserTest('a commit that failed where it was active is listed, and released by a person', async (page) => {
  const { commit } = stage.fleet();
  const { where, hosts } = await newGroup(2, {
    features: ['commit'],
    ops: [{ id: 'pull-switch', completion: 'restart' }],
  });
  const { id } = await start({ steps: [{ op: 'pull-switch' }], where, commit, waves: [{ count: 1 }], force: true });
  const [first] = hosts;
  if (!first) throw new Error('no host');
  const run = await first.agent().next('command.run');
  first.agent().send('command.accepted', { id: run.id });
  first.end(run.id, { evidence: { fetchedCommit: commit } });
  // The agent that comes back is not the one that was built.
  await first.comeBack({
    freshness: { sourceCommit: 'ab'.repeat(20), storePath: '/nix/store/x-agent', binaryHash: 'sha256-77aa01' },
    installed: { storePath: '/nix/store/x-agent', binaryHash: 'sha256-77aa01' },
    afterCommand: run.id,
  });
  await statusOf(id, 'PAUSED');
  await page.goto(`${stage.address()}/rollouts`);
  await seen(page, 'Quarantined commits');
  await button(page, `Release… ${commit.slice(0, 12)}`).click();
  await page.getByRole('button', { name: 'Release', exact: true }).click();
  await page.getByText('Quarantined commits').waitFor({ state: 'detached' });
  const left = (await (await api().send('/api/quarantine')).json()) as Quarantined[];
  assert.equal(left, []);
});

stage.browserTest('a viewer sees everything of a rollout, and no button that would be refused', async (page) => {
  const { where } = await newGroup(1);
  const { id } = await start({ steps: [{ op: 'check-version' }], where, approve: true });
  const made = await api().send('/api/tokens', {
    method: 'POST',
    body: { name: `viewer${groups}`, grants: [{ role: 'viewer' }] },
  });
  const { token } = (await made.json()) as { token: string };
  await page.context().clearCookies();
  await page.goto(`${stage.address()}/rollouts/${id}#token=${token}`);
  await seen(page, 'Waiting for approval');
  await button(page, 'Approve').waitFor({ state: 'detached' });
  assert.is(await page.locator('main button:not(.count)').count(), 0);
  await page.goto(`${stage.address()}/rollouts`);
  await seen(page, 'Wants approval');
  await page.getByRole('link', { name: 'New rollout' }).waitFor({ state: 'detached' });
});

stage.browserTest('the top of a host’s page says why it needs somebody, and puts it into maintenance', async (page) => {
  const host = await stage.newHost();
  host.end(await host.begin('check-version'), { exitCode: 7 });
  await page.goto(`${stage.address()}/hosts/${host.name}`);
  await page.getByRole('region', { name: 'Why it needs you' }).getByText('Exited with status 7').waitFor();
  assert.is(await page.getByText('Nothing is under way.').count(), 0);
  await button(page, 'Maintenance…').click();
  await page.getByRole('textbox', { name: 'Reason' }).fill('a new disk');
  await button(page, 'Begin maintenance').click();
  await page.getByRole('region', { name: 'Maintenance' }).getByText('a new disk').waitFor();
  assert.is((await api().host(host.name)).maintenance?.reason, 'a new disk');
  await button(page, 'End maintenance').click();
  await page.getByRole('region', { name: 'Maintenance' }).waitFor({ state: 'detached' });
  assert.is((await api().host(host.name)).maintenance ?? null, null);
});

stage.browserTest('the fleet’s filter, the strip and the badge count the same hosts', async (page) => {
  await page.goto(stage.address());
  const badge = page.getByRole('navigation').locator('.waiting');
  await badge.waitFor();
  const hosts = /(\d+) hosts?/.exec(await page.locator('.needs-you-count').innerText())?.[1];
  assert.ok(Number(hosts) >= 2, hosts);
  const filter = page.getByRole('group', { name: 'Filter by state' }).getByRole('button', { name: 'Needs you' });
  assert.is((await filter.innerText()).replace(/\s+/g, ' ').trim(), `${hosts} Needs you`);
  await filter.click();
  await page.waitForFunction((count) => document.querySelectorAll('.fleet-row').length === count, Number(hosts));
});

test.run();
