import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { connectFakeAgent } from '../../coordinator/fixtures/fake-agent.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { button, openStage, seen } from './fixtures/stage.ts';

/** Tokens, enrolment, sessions and the audit, on the page. */

const CONFIG = `[access]
twoPeople = true
stepUp = ["test"]

[policies.weekly]
cron = "0 4 * * 1"
timezone = "UTC"
rollout = { steps = [{ op = "test" }], where = "name:host*", approve = true }
`;
const stage = openStage({ config: CONFIG });
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const copied = (page: Page, group: string) =>
  page.getByRole('group', { name: group }).locator('code').first().innerText();
const get = async <Body>(path: string): Promise<Body> =>
  (await (await stage.fleet().coordinator.api.send(path)).json()) as Body;

/** No rule of axe is broken at these widths, and nothing scrolls sideways at 320 px. */
async function expectSoundLooks(page: Page): Promise<void> {
  await page.evaluate(AXE);
  for (const width of [320, 768, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    const found = await page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await axe.run()).violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`);
    });
    assert.equal(found, [], `${width} px`);
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('main *')]
        .filter((one) => one.getBoundingClientRect().right > innerWidth)
        .map((one) => one.outerHTML.slice(0, 120)),
    );
    const isWide = (await page.evaluate(() => document.documentElement.scrollWidth)) > width;
    assert.equal(isWide ? wide : [], [], `${width} px`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** Asks as an agent does; returns the status and the body. */
async function ask(token: string, body: object): Promise<{ status: number; body: { hostId: string } }> {
  const response = await fetch(`${stage.address()}/api/agent/enrol`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as { hostId: string } };
}

stage.browserTest('an enrolment token is made, a host waits in the list, and is approved', async (page) => {
  await page.goto(`${stage.address()}/people`);
  const enrolments = section(page, 'Enrolment tokens');
  await enrolments.getByLabel('Names').fill('web21, web22');
  await enrolments.getByLabel('Hosts at most').fill('2');
  await button(page, 'Make an enrolment token').click();
  await seen(page, 'for at most 2 hosts, named web21 or web22, each with an approval');
  for (const [choice, words] of [
    ['home-manager', 'home-manager switch'],
    ['systemd', 'SWITCHYARD_ENROL_TOKEN_FILE=/etc/switchyard/enrol-token'],
    ['nix-darwin', 'darwin-rebuild'],
    ['NixOS', 'enrolTokenFile = "/etc/switchyard/enrol-token";'],
  ] as const) {
    await page.getByLabel(choice, { exact: true }).check();
    await seen(page, words);
  }
  const token = await copied(page, 'The enrolment token');
  await expectSoundLooks(page);
  await button(page, 'I have it').click();

  const agent = { hostname: 'web21', platform: 'nixos', stateId: randomUUID(), stateSecret: randomUUID() };
  assert.is((await ask(token, agent)).status, 202);
  await seen(page, 'waits for an approval');
  await seen(page, `state ${agent.stateId}`);
  await button(page, 'Approve… web21').click();
  await seen(page, 'Let web21 enrol?');
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await seen(page, 'web21 is approved');
  const { status, body } = await ask(token, agent);
  assert.equal([status, (await get<{ id: string }>('/api/hosts/web21')).id], [200, body.hostId]);
  await seen(page, 'No host waits.');

  // A clash names the host that would be given away.
  const clash = { ...agent, stateId: randomUUID() };
  assert.is((await ask(token, clash)).status, 409);
  await seen(page, 'a host has its name');
  await button(page, 'Approve… web21').click();
  await seen(page, /Give web21 to this agent\? The token that web21 has stops working/);
  await page.getByRole('button', { name: 'No', exact: true }).click();
  await button(page, 'Refuse… web21').click();
  await page.getByRole('button', { name: 'Refuse', exact: true }).click();
  await seen(page, 'web21 is refused');
  assert.is((await ask(token, clash)).status, 403);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/people-enrol.png`, fullPage: true });
});

stage.browserTest(
  'a token is made with its limits, listed, and removed; the page announces the step-up',
  async (page) => {
    await page.goto(`${stage.address()}/people`);
    await seen(page, /Making or removing a token asks for no step-up for \d min/);
    const tokens = section(page, 'Tokens');
    await tokens.getByLabel('Name', { exact: true }).fill('night-shift');
    await tokens.getByLabel('Role').selectOption('operator');
    await tokens.getByLabel('Only tags').fill('web');
    await tokens.getByLabel('Only ops').fill('pull, switch');
    await button(page, 'Make a token').click();
    const token = await copied(page, 'The token night-shift');
    const headers = { authorization: `Bearer ${token}` };
    const statusOf = async () => (await fetch(`${stage.address()}/api/hosts`, { headers })).status;
    assert.is(await statusOf(), 200);
    await seen(page, 'operator on hosts tagged web for pull, switch');
    await button(page, 'I have it').click();
    await button(page, 'Remove… night-shift').click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await seen(page, 'The token night-shift has stopped working');
    assert.is(await statusOf(), 401);
    await expectSoundLooks(page);

    const audit = section(page, 'Audit');
    await audit.getByLabel('What').selectOption('warn');
    await waitFor('only what was refused', async () => !(await audit.innerText()).includes('was made'));
    await audit.getByLabel('What').selectOption('');
    await seen(page, 'The token night-shift was removed');
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/people.png`, fullPage: true });
  },
);

stage.browserTest('another session is ended from here', async (page) => {
  const other = await stage.open();
  await other.goto(`${stage.address()}/settings`);
  await seen(other, 'Hosts and tokens');
  await page.goto(`${stage.address()}/people`);
  const sessions = section(page, 'Sessions');
  await sessions.getByText('(this one)').waitFor();
  const before = (await get<unknown[]>('/api/sessions')).length;
  await sessions.locator('li', { hasNotText: '(this one)' }).getByRole('button', { name: /^End…/ }).last().click();
  await page.getByRole('button', { name: 'End it', exact: true }).click();
  await seen(page, 'The session of admin has ended');
  assert.is((await get<unknown[]>('/api/sessions')).length, before - 1);
  await button(other, 'Sign in').waitFor();
  await other.context().close();
});

stage.browserTest('after a host is registered the page shows what to paste and waits for its agent', async (page) => {
  await page.goto(`${stage.address()}/settings`);
  await page.getByLabel('Name').fill('fresh1');
  await button(page, 'Register').click();
  await seen(page, 'waiting for fresh1…');
  await page.getByLabel('NixOS', { exact: true }).check();
  await seen(page, 'tokenFile = "/etc/switchyard/token";');
  await expectSoundLooks(page);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/register.png`, fullPage: true });
  const token = await copied(page, 'The token of fresh1');
  const agent = await connectFakeAgent({ address: stage.address(), token });
  await seen(page, 'fresh1 is online.');
  await agent.close();
});

stage.browserTest(
  'before the click a rollout says who may approve it, and an op that it takes a step-up',
  async (page) => {
    const { name } = await stage.newHost();
    const { api } = stage.fleet().coordinator;
    const body = { name: 'careful', steps: [{ op: 'test' }], hosts: [name], approve: true };
    const made = (await (await api.send('/api/rollouts', { method: 'POST', body })).json()) as { id: string };
    await page.goto(`${stage.address()}/rollouts/${made.id}`);
    await seen(page, 'A person other than admin must approve it, not a token; you cannot. test may ask for a step-up.');
    await button(page, 'Stop… careful').waitFor();
    assert.is(await button(page, 'Approve careful').count(), 0);
    await page.goto(`${stage.address()}/?sel=${name}`);
    await button(page, 'Run…').click();
    await page.getByRole('dialog').getByLabel('Op').selectOption('test');
    await seen(page, /test here asks for no step-up for \d min/);
  },
);

stage.browserTest(
  'with twoPeople, the person who ran a policy is not offered the approval of its rollout',
  async (page) => {
    await stage.newHost();
    const { api } = stage.fleet().coordinator;
    const ran = await api.send('/api/policies/weekly/run', { method: 'POST' });
    const { rolloutId } = (await ran.json()) as { rolloutId: string };
    await page.goto(`${stage.address()}/rollouts/${rolloutId}`);
    await seen(page, 'A person other than admin must approve it, not a token; you cannot.');
    await seen(page, 'policy:weekly, run by admin');
    await button(page, 'Stop… weekly').waitFor();
    assert.is(await button(page, 'Approve weekly').count(), 0);
  },
);

test.run();
