import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { STATUS_LOOKS } from '../../shared/looks/looks.ts';
import { type Command, STATUSES, type Status } from '../../shared/model/command.ts';
import { run, startRun } from '../cli/fixtures/command-line.ts';
import { processesOf } from '../harness/census.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { startSystem } from '../harness/system.ts';
import { lineSeen, readAll } from './fixtures/output-page.ts';
import { button, seen } from './fixtures/stage.ts';
import { openSuite } from './fixtures/suite.ts';

/**
 * Two browsers and the command line watch one command of a real agent, while it runs, while it is killed, and while the
 * coordinator dies under them, twice. Everything that any of them ever showed must have happened.
 */

const suite = openSuite(() => startSystem({ config: '[ops.tree]\nkillGraceMs = 60000\n' }));

const LINES = 900;

/** Counts in three parts, a gate before each but the first; then only what left its parent, and what ignores SIGTERM, are there. */
const treeScript = (dir: string): string =>
  [
    `echo $$ >>'${dir}/ran'`,
    `(trap '' TERM; ${waitAtGate(dir, 'leave')}) &`,
    'setsid sleep 301 &',
    '(sleep 302 & exit 0)',
    'seq 1 300',
    waitAtGate(dir, 'second'),
    'seq 301 600',
    `echo >'${dir}/second-written'`,
    waitAtGate(dir, 'third'),
    `seq 601 ${LINES}`,
    'while :; do sleep 0.2; done',
  ].join('\n');

const statusOfWord = (word: string): Status => {
  const status = STATUSES.find((one) => STATUS_LOOKS[one].word === word.trim());
  if (!status) throw new Error(`the page says “${word}”`);
  return status;
};

/** The command's status on the page now. `keepRecord` keeps every status that it shows until it is reloaded. */
const statusOn = async (page: Page): Promise<Status> =>
  statusOfWord(await page.locator('.lead .badge').innerText({ timeout: 1_000 }));

async function keepRecord(page: Page): Promise<void> {
  await page.locator('.lead .badge').waitFor();
  await page.evaluate(() => {
    const shown: string[] = [];
    Object.assign(window, { shown });
    const look = () => {
      const word = document.querySelector('.lead .badge')?.textContent;
      if (word && shown.at(-1) !== word) shown.push(word);
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}

const record = async (page: Page): Promise<Status[]> =>
  (await page.evaluate(() => (window as unknown as { shown?: string[] }).shown ?? [])).map(statusOfWord);

/** Each once, where it stands twice in a row. */
const changes = (statuses: readonly Status[]): Status[] => statuses.filter((one, at) => one !== statuses[at - 1]);

suite.browserTest(
  'two browsers and the command line agree over a kill and two restarts of the coordinator',
  async (desk) => {
    const system = suite.site();
    const { coordinator, dir, api } = system;
    await system.addHost('web1', { ops: { tree: treeScript(dir) } });

    await desk.goto(suite.address());
    await desk.getByLabel('Select web1').check();
    await desk.getByRole('toolbar').getByRole('button', { name: 'Run…' }).click();
    await desk.getByRole('combobox', { name: 'Op' }).selectOption('tree');
    await button(desk, 'Run tree on web1').click();
    await desk.getByRole('dialog').locator('.results-row .badge').click();
    await desk.waitForURL(/\/commands\/[-0-9a-f]{36}$/);
    const id = new URL(desk.url()).pathname.split('/').at(-1) ?? '';
    await keepRecord(desk);

    const phone = await suite.open({ width: 375, height: 812, theme: 'dark' });
    await phone.goto(suite.address());
    await phone.locator('.fleet-row a', { hasText: /^tree$/ }).click();
    await keepRecord(phone);
    const pages = [desk, phone];

    const watch = startRun(system, `show ${id} --watch --json`);
    const watched = (): Status[] => {
      const whole = watch.soFar.out.slice(0, watch.soFar.out.lastIndexOf('\n') + 1);
      return whole.split('\n').flatMap((line) => (line ? (JSON.parse(line) as Command).status : []));
    };

    const views: Record<string, () => Promise<Status | undefined> | Status | undefined> = {
      desk: () => statusOn(desk),
      phone: () => statusOn(phone),
      'switchyard show --watch': () => watched().at(-1),
      'switchyard show': async () => (JSON.parse((await run(system, `show ${id} --json`)).out) as Command).status,
      'switchyard commands': async () =>
        (JSON.parse((await run(system, 'commands --on web1 --op tree --json')).out) as { items: Command[] }).items[0]
          ?.status,
      'GET /api/commands/:id': async () => (await api.command(id)).status,
    };
    /** Resolves once all of them show it; how long it took the slowest. */
    async function allShow(status: Status): Promise<number> {
      const from = Date.now();
      await Promise.all(Object.entries(views).map(([who, look]) => waitFor(who, look, (shown) => shown === status)));
      return Date.now() - from;
    }
    const allSee = (text: string) => Promise.all(pages.map((page) => seen(page, text)));
    const allReach = (line: number) => Promise.all(pages.map((page) => lineSeen(page, new RegExp(`^${line}$`))));
    const isTold = () =>
      Promise.all(pages.map((page) => page.getByText('Disconnected.').waitFor({ state: 'detached' })));
    /** Resolves once its agent has found it, too: that backs off, for 30 s at most. */
    async function restart(): Promise<void> {
      await coordinator.start();
      await waitFor('web1 online', async () => (await api.host('web1')).online);
    }
    const members = () => processesOf(`spool/${id}`).map(({ command }) => command);

    const executing = await allShow('EXECUTING');
    await allReach(300);
    for (const member of ['sleep 301', 'sleep 302']) await waitFor(member, members, (found) => found.includes(member));
    const { pid } = await api.command(id);

    await coordinator.kill('SIGKILL');
    await allSee('Disconnected.');
    for (const page of pages) assert.ok(await button(page, 'Kill…').isDisabled(), 'nothing can be asked of nobody');
    assert.is((await run(system, `show ${id}`)).status, 7);
    openGate(dir, 'second');
    await waitFor('its output meanwhile', () => existsSync(join(dir, 'second-written')));
    await restart();
    await isTold();
    const restarted = await allShow('EXECUTING');
    await allReach(600);
    openGate(dir, 'third');
    await allReach(LINES);

    await button(desk, 'Kill…').click();
    await seen(desk, `Kill tree on web1 (pid ${pid})?`);
    await button(desk, /^Kill$/).click();
    const killing = await allShow('KILLING');
    await coordinator.kill('SIGKILL');
    await allSee('Disconnected.');
    for (const page of pages) assert.is(await statusOn(page), 'KILLING', 'the page claims nothing that is not known');
    openGate(dir, 'leave');
    await waitFor('the end of its tree', members, ({ length }) => length === 0);
    await restart();
    const killed = await allShow('KILLED');
    await isTold();

    const ended = await api.command(id);
    const truth = changes(ended.history.map(({ to }) => to));
    assert.equal(truth, ['PENDING', 'EXECUTING', 'KILLING', 'KILLED']);
    assert.equal([ended.pid, ended.kill?.escalatedAt, members()], [pid, null, []]);
    assert.is(readFileSync(join(dir, 'ran'), 'utf8').trim().split('\n').length, 1, 'it ran once');
    const wrote = Array.from({ length: LINES }, (_, at) => `${at + 1}`);
    assert.is((await api.output(id)).toString(), wrote.map((line) => `${line}\n`).join(''));
    for (const page of pages) {
      const shown = await record(page);
      assert.equal(shown, truth.slice(-shown.length), 'it was never reloaded, and never showed an untrue status');
      assert.equal(
        await readAll(page),
        wrote.map((line) => `${line}: ${line}`),
      );
      await seen(page, `${LINES} lines`);
      await seen(page, 'tree on web1 was killed');
    }
    const { status, out } = await watch.ended;
    assert.is(status, 1);
    assert.equal(changes(watched()), truth.slice(-changes(watched()).length), out);
    console.log(
      `# all six views show the same after: executing ${executing} ms, the restart ${restarted} ms, killing ${killing} ms, ` +
        `the restart in the kill ${killed} ms; ${LINES} lines of output, each once`,
    );
    await phone.context().close();
  },
);

test.run();
