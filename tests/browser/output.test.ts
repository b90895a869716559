import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive } from '../../shared/command.ts';
import type { FleetHost } from './fixtures/fleet.ts';
import { button, openStage } from './fixtures/stage.ts';

/** Output of any size and any content. */

const stage = openStage();

stage.browserTest('output is data: HTML and terminal sequences in it do nothing', async (page) => {
  const host = await stage.newHost();
  const id = await host.begin('pull');
  host.end(id, { output: '<img src=x onerror="window.hacked=1">\x1b]0;owned\x07\x1b[31mred\x1b[0m\x1b[2J plain\n' });
  await page.goto(`${stage.address()}/commands/${id}`);
  await page.locator('.line-text', { hasText: '<img src=x onerror="window.hacked=1">red plain' }).waitFor();
  assert.is(await page.locator('.line-text .ansi-red').innerText(), 'red');
  assert.is(await page.evaluate(() => 'hacked' in window), false);
  assert.match(await page.title(), /Switchyard$/);
});

stage.browserTest('a failed command opens at its first error, n and p go from one to the next', async (page) => {
  const host = await stage.newHost();
  const id = await host.begin('check-version');
  const filler = 'nothing here\n'.repeat(300);
  host.end(id, { exitCode: 1, output: `${filler}error: one\n${filler}error: two\n${filler}` });
  await stage.commandWhen(id, ({ status }) => !isActive(status));
  await page.goto(`${stage.address()}/commands/${id}`);
  const cursor = page.locator('.line.cursor');
  await cursor.getByText('error: one').waitFor();
  await page.getByRole('region', { name: /Output lines/ }).focus();
  await page.keyboard.press('n');
  await cursor.getByText('error: two').waitFor();
  await page.keyboard.press('p');
  await cursor.getByText('error: one').waitFor();
  const bytes = await page.request.get(`${stage.address()}/api/commands/${id}/output`);
  assert.is((await bytes.body()).length, filler.length * 3 + 22);
});

/** Writes an agent's output piece by piece; each write goes on from the one before. */
function writerOf(host: FleetHost, id: string) {
  let offset = 0;
  return {
    bytes: () => offset,
    write(text: string): void {
      for (let at = 0; at < text.length; at += PIECE) {
        const piece = text.slice(at, at + PIECE);
        host.write(id, offset, piece);
        offset += piece.length;
      }
    },
  };
}

const PIECE = 60_000;

const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at} of the build\n`).join('');

/** The line at the upper edge of what is shown. */
const topLine = (page: Page) =>
  page.getByRole('region', { name: /Output lines/ }).evaluate((element) => {
    const { top } = element.getBoundingClientRect();
    const row = [...element.querySelectorAll('.line')].find((one) => one.getBoundingClientRect().bottom > top + 1);
    return row?.querySelector('.line-text')?.textContent;
  });

stage.browserTest('a detached reader keeps the top line while 100,000 come; search finds the last', async (page) => {
  const host = await stage.newHost();
  const id = await host.begin('force-rebuild');
  const { write, bytes } = writerOf(host, id);
  write(numbered(1, 500));
  await page.goto(`${stage.address()}/commands/${id}`);
  await page.locator('.line-text', { hasText: /^line 500 / }).waitFor();
  await page.getByRole('region', { name: /Output lines/ }).hover();
  await page.mouse.wheel(0, -2_000);
  await page.waitForFunction(() => !document.querySelector('.output-lines')?.textContent?.includes('line 500 '));
  const before = await topLine(page);
  write(`${numbered(501, 100_500)}the needle at the end\n`);
  await button(page, /100,001 new/).waitFor({ timeout: 30_000 });
  assert.is(await topLine(page), before);
  await page.getByLabel('Search the whole output').fill('NEEDLE at the end');
  const asked = Date.now();
  await page.keyboard.press('Enter');
  await page.locator('.line.cursor').getByText('the needle at the end').waitFor();
  console.log(`# ${(bytes() / 1e6).toFixed(1)} MB: the search came to the last line after ${Date.now() - asked} ms`);
});

stage.browserTest(
  '60 MB with a line of 10 MB: the beginning, the middle and the end are there at once',
  async (page) => {
    const host = await stage.newHost();
    const id = await host.begin('force-rebuild');
    const { write, bytes } = writerOf(host, id);
    write(numbered(1, 800_000));
    write(`${'x'.repeat(10_000_000)}\n`);
    write(numbered(800_002, 1_600_001));
    await stage.commandWhen(id, ({ output }) => output.bytes === bytes());
    const first = Date.now();
    await page.goto(`${stage.address()}/commands/${id}`);
    await page.locator('.line-text', { hasText: /^line 1600001 / }).waitFor();
    const opened = Date.now() - first;
    const region = page.getByRole('region', { name: /Output lines/ });
    await region.focus();
    const timed = async (act: () => Promise<unknown>, text: RegExp): Promise<number> => {
      const at = Date.now();
      await act();
      await page.locator('.line-text', { hasText: text }).first().waitFor();
      return Date.now() - at;
    };
    const begin = await timed(() => page.keyboard.press('Home'), /^line 1 /);
    const middle = await timed(
      () => region.evaluate((element) => void element.scrollTo(0, element.scrollHeight / 4)),
      /^line 4000\d\d /,
    );
    const long = await timed(
      () => page.goto(`${stage.address()}/commands/${id}?at=${numbered(1, 800_000).length}`),
      /^x{4000}/,
    );
    await page.locator('.line-text', { hasText: /^line 800002 / }).waitFor();
    const heap = await page.evaluate(
      () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize,
    );
    console.log(
      `# ${(bytes() / 1e6).toFixed(0)} MB: end ${opened} ms after opening the page, beginning ${begin} ms, middle ${middle} ms, ` +
        `the long line ${long} ms with its page; heap ${(heap / 1e6).toFixed(0)} MB`,
    );
    assert.ok(opened < 3_000 && begin < 500 && middle < 500);
    assert.ok(heap < 150e6);
  },
);

test.run();
