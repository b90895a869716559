import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { processesOf } from '../harness/census.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { startSystem } from '../harness/system.ts';
import { lineSeen, readAll } from './fixtures/output-page.ts';
import { button, seen } from './fixtures/stage.ts';
import { openSuite } from './fixtures/suite.ts';

/** The flows that matter most, on real agents: what the page says is held against what the hosts really did. */

const suite = openSuite(() => startSystem({ config: '[ops.slow]\nwarningMs = 200\ntimeoutMs = 500\n' }));

/** The processes of a command that are there now. */
const processes = (id: string): string[] => processesOf(`spool/${id}`).map(({ command }) => command);

const goneFrom = (id: string) =>
  waitFor(
    `the end of ${id}`,
    () => processes(id),
    ({ length }) => length === 0,
  );

const idIn = (url: string): string => new URL(url).pathname.split('/').at(-1) ?? '';

suite.browserTest(
  'an op is run from the page: its output is followed, and each host tells its own end',
  async (page) => {
    const system = suite.site();
    const build = `echo begin; ${waitAtGate(system.dir, 'build')}; seq 1 2000`;
    await system.addHost('good', { ops: { build } });
    await system.addHost('bad', { ops: { build: `${build}; echo 'error: no space left' >&2; exit 3` } });
    await page.goto(suite.address());
    for (const name of ['good', 'bad']) await page.getByLabel(`Select ${name}`).check();
    await page.getByRole('toolbar').getByRole('button', { name: 'Run…' }).click();
    await page.getByRole('combobox', { name: 'Op' }).selectOption('build');
    await button(page, 'Run build on 2 hosts').click();
    await seen(page, '0 of 2 hosts done');
    await page.getByRole('link', { name: 'Open as a page' }).click();
    await page.getByRole('row', { name: /good/ }).locator('.badge').click();
    await lineSeen(page, /^begin$/);
    openGate(system.dir, 'build');
    await lineSeen(page, /^2000$/);
    await seen(page, 'build on good succeeded');
    const id = idIn(page.url());
    const wrote = ['begin', ...Array.from({ length: 2000 }, (_, at) => `${at + 1}`)];
    assert.equal(
      await readAll(page),
      wrote.map((line, at) => `${at + 1}: ${line}`),
    );
    assert.is((await system.api.output(id)).toString(), wrote.map((line) => `${line}\n`).join(''));

    await page.goBack();
    await seen(page, '2 of 2 hosts done');
    const rows = await page.locator('.results-row').allInnerTexts();
    assert.equal(
      rows.map((row) => row.split(/\s+/).slice(0, 2)),
      [
        ['Error', 'bad'],
        ['Success', 'good'],
      ],
    );
    await page.getByRole('row', { name: /bad/ }).locator('.badge').click();
    await seen(page, 'build on bad failed');
    await seen(page, 'with exit code 3');
    await page.locator('.line.cursor').getByText('error: no space left').waitFor();
  },
);

suite.browserTest(
  'a timeout is answered in the page: the process lives on, is killed, or is no longer tracked',
  async (page) => {
    const system = suite.site();
    await system.addHost('slow', { ops: { slow: `setsid sleep 303 & echo begin; ${waitAtGate(system.dir, 'slow')}` } });
    const begin = async (): Promise<string> => {
      const id = await system.dispatch('slow', 'slow');
      await page.goto(`${suite.address()}/commands/${id}`);
      await seen(page, 'Waiting for your decision.');
      await waitFor(
        'its processes',
        () => processes(id),
        (found) => found.includes('sleep 303'),
      );
      return id;
    };

    const first = await begin();
    await button(page, 'Wait 5 min').click();
    await seen(page, 'slow on slow is running');
    const waiting = await system.api.command(first);
    assert.equal([waiting.status, waiting.timeoutStatus], ['EXECUTING', 'NORMAL']);
    assert.ok(waiting.extendedMs > 290_000);
    assert.ok(processes(first).includes('sleep 303'), 'nothing happened to it');
    await button(page, 'Kill…').click();
    await seen(page, `Kill slow on slow (pid ${waiting.pid})?`);
    await button(page, /^Kill$/).click();
    await seen(page, 'slow on slow was killed');
    assert.equal(processes(first), [], 'the page is right');
    assert.is((await system.api.command(first)).status, 'KILLED');

    const second = await begin();
    await button(page, 'Stop tracking…').click();
    await button(page, /^Stop tracking$/).click();
    await seen(page, 'slow on slow took too long');
    assert.is((await system.api.command(second)).status, 'TIMEOUT');
    assert.ok(processes(second).includes('sleep 303'), 'the process goes on, as the page said that it would');
    const { status, answer } = await system.api.dispatch({ op: 'slow', hosts: ['slow'] });
    assert.equal([status, answer.results[0]?.code], [409, 'agent_busy']);
    openGate(system.dir, 'slow');
    await goneFrom(second);
  },
);

test.run();
