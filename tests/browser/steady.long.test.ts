// alone: it counts what a page does in a second

import type { ElementHandle, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { button, openStage, seen } from './fixtures/stage.ts';
import { type Storm, startStorm } from './fixtures/storm.ts';

/** Nothing slips under a pointer or the focus, on any page, while the whole fleet changes 500 times a second. */

const stage = openStage();
/** How long a person presses, and how long they take from having aimed to the press. */
const PRESS_MS = 100;
const AIM_MS = 120;
const PRESSES = 8;
/** Rows that nobody points at may go: a press that lost its row before it aimed is not a miss. */
const GONE = 'gone before it was aimed at';
const TRIES = 5;
const REQUESTS_PER_S = 8;
const CHANGES_PER_S = 500;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The storm, and a command that asks what to do. */
async function begin(): Promise<{ storm: Storm; asking: string; rolloutId: string }> {
  const hosts = await Promise.all([stage.fleet().addHost('asks1'), stage.fleet().addHost('asks2')]);
  const ids = await Promise.all(hosts.map((host) => host.begin('test')));
  for (const id of ids) await stage.asks(id);
  const storm = await startStorm(stage.fleet());
  const made = await stage.fleet().coordinator.api.send('/api/rollouts', {
    method: 'POST',
    body: { steps: [{ op: 'pull' }], where: 'name:work*', approve: true },
  });
  const { id: rolloutId } = (await made.json()) as { id: string };
  return { storm, asking: ids[0] ?? '', rolloutId };
}

type Place = {
  path: string;
  text: string;
  open?: (page: Page) => Promise<void> /** Comes and goes, as it should. */;
  except?: string;
};

const placesOf = ({ dispatchId, commandIds, churning, working }: Storm, asking: string, rolloutId: string): Place[] => [
  { path: '/', text: 'work03' },
  { path: '/?sort=state', text: 'work03' },
  { path: '/?sel=work01,work02&q=work', text: '2 hosts selected' },
  { path: '/attention', text: 'asks1' },
  { path: `/hosts/${working[1]?.name}`, text: 'Compartments' },
  { path: `/hosts/${churning.name}`, text: 'Compartments', except: '.under-way' },
  { path: `/commands/${commandIds[1]}`, text: 'What happened' },
  { path: `/commands/${asking}`, text: 'Wait 5 min' },
  { path: `/dispatches/${dispatchId}`, text: 'hosts done' },
  { path: '/commands', text: 'check-version' },
  { path: `/commands?host=${churning.name}`, text: 'check-version' },
  { path: '/rollouts', text: 'A change goes out in waves' },
  { path: `/rollouts/${rolloutId}`, text: 'Waiting for approval' },
  { path: '/events', text: 'check-version' },
  { path: '/settings', text: 'Hosts and tokens' },
  {
    path: '/?sel=work01,work02,work03',
    text: '3 hosts selected',
    async open(page) {
      await page.getByRole('toolbar').getByRole('button', { name: 'Run…' }).click();
      await page.getByRole('combobox', { name: 'Op' }).selectOption('force-rebuild');
      await button(page, 'Run force-rebuild on 3 hosts').click();
      await seen(page, '3 failed');
    },
  },
];

/** Clicks are noted and do nothing: a press is to arrive, not to act. */
const noteClicks = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const noted = { target: null as Element | null };
    Object.assign(window, { noted });
    const note = (event: Event) => {
      noted.target = event.target as Element;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    addEventListener('click', note, true);
  });

const CONTROLS = 'a, button:enabled, input[type=checkbox]:enabled, input[type=radio]';

/**
 * One of the controls that can be pressed: of the open dialog, else of the page itself, not what stands on every page.
 * @param part Where it stands among them, from 0 (the first) to below 1.
 */
async function controlAt(page: Page, part: number, except: string): Promise<ElementHandle<HTMLElement> | null> {
  const one = await page.evaluateHandle(
    ({ part, controls, except }) => {
      const root = document.querySelector('dialog[open]') ? 'dialog[open]' : 'main';
      const all = [...document.querySelectorAll<HTMLElement>(`${root} :is(${controls})`)].filter(
        (one) => !one.closest(except) && one.checkVisibility() && one.offsetWidth > 4,
      );
      return all[Math.floor(part * all.length)] ?? null;
    },
    { part, controls: CONTROLS, except },
  );
  return one.asElement() as ElementHandle<HTMLElement> | null;
}

/** Presses as a hand does: aims, presses, lets go. Null where the click arrived; else what happened instead, in words. */
async function press(page: Page, element: ElementHandle<HTMLElement>): Promise<string | null> {
  const name = await element.evaluate(async (one) => {
    if (one.isConnected) one.scrollIntoView({ block: 'center' });
    await new Promise(requestAnimationFrame);
    return (one.getAttribute('aria-label') ?? one.textContent ?? '').trim().slice(0, 40);
  });
  const box = await element.boundingBox();
  if (!box) return GONE;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  // Rows may move by themselves until the pointer is on one.
  const isAimed = await element.evaluate(
    (one, { x, y }) => {
      const under = document.elementFromPoint(x, y);
      return under !== null && (one === under || one.contains(under));
    },
    { x: box.x + box.width / 2, y: box.y + box.height / 2 },
  );
  if (!isAimed) return GONE;
  await wait(AIM_MS);
  await page.mouse.down();
  await wait(PRESS_MS);
  await page.mouse.up();
  const hit = await element.evaluate((one) => {
    const { noted } = window as unknown as { noted: { target: Element | null } };
    const target = noted.target;
    noted.target = null;
    if (target && (one === target || one.contains(target))) return null;
    return target ? `hit ${target.outerHTML.slice(0, 120)}` : one.isConnected ? 'nothing was clicked' : 'it was remade';
  });
  return hit === null ? null : `${name}: ${hit}`;
}

stage.browserTest('on every page a press arrives, the focus stays, and little is asked for', async (page) => {
  const { storm, asking, rolloutId } = await begin();
  try {
    await walk(page, storm, asking, rolloutId);
  } finally {
    await storm.stop();
  }
});

async function walk(page: Page, world: Storm, asking: string, rolloutId: string): Promise<void> {
  const missed: string[] = [];
  const lines: string[] = [];
  const begun = { at: Date.now(), sent: world.sent() };
  let requests = 0;
  page.on('request', (request) => {
    if (request.url().includes('/api/')) requests += 1;
  });
  let deltas = 0;
  page.on('websocket', (socket) =>
    socket.on('framereceived', () => {
      deltas += 1;
    }),
  );
  for (const { path, text, open, except = '.none' } of placesOf(world, asking, rolloutId)) {
    await page.goto(stage.address() + path);
    await seen(page, text);
    await open?.(page);
    await noteClicks(page);
    // Requests of the first moment are not counted: only steady ones.
    await page.waitForLoadState('load');
    const from = { at: Date.now(), requests };
    let arrived = 0;
    for (let turn = 0; turn < PRESSES; turn += 1) {
      // From all over the page; which there are is looked at each time, since some come and go as they should.
      let fault: string | null = GONE;
      for (let tries = 0; fault === GONE && tries < TRIES; tries += 1) {
        const control = await controlAt(page, turn / PRESSES, except);
        assert.ok(control, `${path} has nothing to press`);
        fault = await press(page, control);
      }
      if (fault === null) arrived += 1;
      else missed.push(`${path}: ${fault}`);
    }
    await page.mouse.move(1, 1);
    const focused = await controlAt(page, 0, except);
    await focused?.evaluate((one) => one.focus());
    const seenDeltas = deltas;
    while (deltas < seenDeltas + 20) await wait(20);
    const hasFocus = await focused?.evaluate((one) => one === document.activeElement);
    if (!hasFocus) missed.push(`${path}: the focus was lost`);
    const perSecond = ((requests - from.requests) * 1000) / (Date.now() - from.at);
    if (perSecond > REQUESTS_PER_S) missed.push(`${path}: ${perSecond.toFixed(1)} requests a second`);
    lines.push(`${path.slice(0, 24)} ${arrived}/${PRESSES}, ${perSecond.toFixed(1)}/s`);
  }
  const changes = ((world.sent() - begun.sent) * 1000) / (Date.now() - begun.at);
  console.log(
    `# ${Math.round(changes)} changes a second; presses that arrived, requests a second: ${lines.join(' · ')}`,
  );
  assert.equal(missed, []);
  assert.ok(changes > CHANGES_PER_S, `only ${changes} changes a second came in`);
}

test.run();
