import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { STATUSES } from '../../shared/model/command.ts';
import { missingBrowser } from './fixtures/browser.ts';
import { playScene } from './fixtures/scene.ts';
import { button, openStage, seen } from './fixtures/stage.ts';
import { type Stall, stall } from './fixtures/stall.ts';

/** Every page passes axe, and works in narrow windows, zoomed, without colours, and on a network that stalls. */

const stage = openStage();
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [375, 768, 1440] as const;
const THEMES = ['light', 'dark'] as const;

let stalled: Promise<Stall> | null = null;
// It takes its time while the other tests run; the last one waits for what is left of it.
test.before(() => {
  if (missingBrowser()) return;
  stalled = stall(stage);
  stalled.catch(() => {});
});

type Scene = Awaited<ReturnType<typeof playScene>>;
let scene: Scene | null = null;
const theScene = async (): Promise<Scene> => {
  scene ??= await playScene(stage.fleet());
  return scene;
};

/** Every page in a state worth looking at, with a text by which it is there. */
const pagesOf = ({
  web1,
  running,
  failed,
  suspicious,
  blocked,
  asking,
  dispatchId,
  rolloutId,
}: Scene): [string, string][] => [
  ['/?sel=web1', '1 host selected'],
  ['/?q=nothing-like-it', 'No host matches'],
  ['/attention', 'Timed out'],
  [`/hosts/${web1.name}`, 'Compartments'],
  [`/commands/${running}`, 'unit-39'],
  [`/commands/${failed}`, 'fetching the configuration failed'],
  [`/commands/${suspicious}`, 'Proof'],
  [`/commands/${blocked}`, 'Run pull instead'],
  [`/commands/${asking}`, 'Wait 5 min'],
  [`/dispatches/${dispatchId}`, '2 failed'],
  ['/rollouts', 'A change goes out in waves'],
  ['/rollouts/new?where=name:*', 'Roll out to'],
  [`/rollouts/${rolloutId}`, 'Waiting for approval'],
  ['/dispatches', 'on 5 hosts'],
  ['/commands', 'edge2'],
  ['/events', 'went offline'],
  ['/people', 'Hosts that ask to enrol'],
  ['/settings', 'Hosts and tokens'],
];

type Violation = { id: string; nodes: { html: string; failureSummary: string }[] };
type Axe = {
  run(options: { resultTypes: string[]; runOnly?: string[] }): Promise<{ violations: Violation[] }>;
};

/** Themes differ only in colours, so the dark one is checked against these rules alone, at the narrowest and the widest window. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** Every broken rule with its place. */
const violations = (page: Page, tags?: string[]): Promise<string[]> =>
  page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as { axe: Axe };
    const { violations: found } = await axe.run({ resultTypes: ['violations'], ...(runOnly && { runOnly }) });
    return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)} (${nodes[0]?.failureSummary})`);
  }, tags);

/** Looks at what is open now at every width and in both themes; each fault says where. */
async function checkAll(page: Page, what: string): Promise<string[][]> {
  const looks: string[][] = [];
  for (const width of WIDTHS)
    for (const colorScheme of THEMES) {
      if (colorScheme === 'dark' && width === 768) continue;
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const found = await violations(page, colorScheme === 'dark' ? OF_COLOURS : undefined);
      looks.push(found.map((fault) => `${what}, ${width} px, ${colorScheme}: ${fault}`));
    }
  return looks;
}

/** The findings on every page: sideways scrolling at 320 px, and axe's results. */
type Looked = { wide: string[]; looks: string[][] };

/** Opens each page once for both, first in the narrowest window. */
async function lookAround(page: Page): Promise<Looked> {
  const found: Looked = { wide: [], looks: [] };
  for (const [path, text] of pagesOf(await theScene())) {
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(stage.address() + path);
    await seen(page, text);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 320) found.wide.push(`${path} is ${width} px wide`);
    await page.evaluate(AXE);
    found.looks.push(...(await checkAll(page, path)));
  }
  return found;
}

let lookedAround: Promise<Looked> | null = null;
const everyPage = (page: Page): Promise<Looked> => (lookedAround ??= lookAround(page));

stage.browserTest('no page scrolls sideways at 320 px, which is 1280 px at 400 %', async (page) => {
  const { wide } = await everyPage(page);
  console.log(`# 320 px: ${wide.length} pages scroll sideways`);
  assert.equal(wide, []);
});

stage.browserTest('axe finds nothing on any page, in either theme, at any width, with dialogs open', async (page) => {
  const looks = [...(await everyPage(page)).looks];
  await page.goto(`${stage.address()}/?sel=web1,db1`);
  await page.evaluate(AXE);
  await button(page, 'Run…').click();
  await button(page, /^Run pull-switch/).waitFor();
  looks.push(...(await checkAll(page, 'the dispatch dialog')));
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Page, host or op' }).fill('web');
  looks.push(...(await checkAll(page, 'the palette')));
  await page.context().clearCookies();
  await page.goto(stage.address());
  await page.getByLabel('Token', { exact: true }).waitFor();
  await page.evaluate(AXE);
  looks.push(...(await checkAll(page, 'signing in')));
  const found = looks.flat();
  console.log(`# axe: ${found.length} violations in ${looks.length} looks`);
  assert.equal(found, []);
});

stage.browserTest('on a phone, and at 400 % of a small window, the first host stands within 300 px', async (page) => {
  await theScene();
  for (const [width, height] of [
    [375, 812],
    [320, 256],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.goto(stage.address());
    const first = page.locator('.fleet-row').first();
    await first.waitFor();
    const { y = Number.POSITIVE_INFINITY } = (await first.boundingBox()) ?? {};
    console.log(`# ${width} × ${height}: the first host at ${Math.round(y)} px`);
    assert.ok(y <= 300, `at ${y} px`);
  }
});

stage.browserTest('on a phone the open page can be seen in the navigation', async (page) => {
  await theScene();
  await page.setViewportSize({ width: 375, height: 812 });
  for (const [path, name] of [
    ['/settings', 'Settings'],
    ['/', 'Fleet'],
  ] as const) {
    await page.goto(stage.address() + path);
    const link = page.getByRole('navigation').getByRole('link', { name, exact: true });
    await link.waitFor();
    const box = await link.boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= 375, `${path}: ${JSON.stringify(box)}`);
  }
});

stage.browserTest(
  'where the system chooses the colours, what is pressed and how far something is can be seen',
  async (page) => {
    const { running } = await theScene();
    await page.emulateMedia({ forcedColors: 'active' });
    await page.goto(stage.address());
    const outline = (name: string) =>
      page.locator('.count', { hasText: name }).evaluate((one) => getComputedStyle(one).outlineStyle);
    await page.locator('.fleet-row').first().waitFor();
    assert.equal([await outline('All'), await outline('Working')], ['solid', 'none']);
    await page.goto(`${stage.address()}/commands/${running}`);
    const fill = page.locator('.track .fill');
    await fill.waitFor();
    const colours = await fill.evaluate((one) =>
      [one, one.parentElement].map((each) => each && getComputedStyle(each).backgroundColor),
    );
    assert.is.not(colours[0], colours[1]);
  },
);

stage.browserTest('every status is told apart without colours', async (page) => {
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    await page.goto(`${stage.address()}/settings`);
    await page.evaluate(() => {
      document.documentElement.style.filter = 'grayscale(1)';
    });
    const badges = page.locator('.legend .badge');
    await badges.last().waitFor();
    assert.is(await badges.count(), STATUSES.length);
    const pictures = new Set<string>();
    const shapes = new Map<string, Set<string>>();
    for (const badge of await badges.all()) {
      pictures.add((await badge.screenshot()).toString('base64'));
      const tone = (await badge.getAttribute('data-tone')) ?? '';
      const shape = (await badge.locator('svg').getAttribute('data-shape')) ?? '';
      shapes.set(shape, (shapes.get(shape) ?? new Set()).add(tone));
    }
    assert.is(pictures.size, STATUSES.length, `${theme}: two statuses look alike`);
    for (const [shape, tones] of shapes) assert.is(tones.size, 1, `${shape} stands for ${[...tones].join(' and ')}`);
    console.log(`# greyscale, ${theme}: ${pictures.size} of ${STATUSES.length} statuses told apart`);
  }
});

stage.browserTest(
  'a stall is said within 45 s; the page comes back by itself, although its first attempts stall too',
  async () => {
    assert.ok(stalled);
    const { said, back } = await stalled;
    console.log(
      `# a stall is said after ${(said / 1000).toFixed(1)} s; ${(back / 1000).toFixed(1)} s after the network is back, so is the page`,
    );
    assert.ok(said <= 45_000, `said after ${said} ms`);
    assert.ok(back <= 30_000, `back after ${back} ms`);
  },
);

test.run();
