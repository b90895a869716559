import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FleetHost } from './fixtures/fleet.ts';
import { openStage } from './fixtures/stage.ts';

/** A fleet of 5,000 hosts, of which some hundred talk all the time. */

const stage = openStage();
const HOSTS = 5_000;
const TALKING = 100;
const BEATS_PER_S = 5;

const nameOf = (n: number): string => `h${String(n).padStart(4, '0')}`;

async function register(from: number, to: number): Promise<void> {
  const { api } = stage.fleet().coordinator;
  const names = Array.from({ length: to - from }, (_, at) => nameOf(from + at));
  const worker = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await api.addHost(name);
  };
  await Promise.all(Array.from({ length: 50 }, worker));
}

stage.browserTest(
  '5,000 hosts: usable at once, few nodes, and changes are seen while 500 a second come',
  async (page) => {
    const talking: FleetHost[] = [];
    for (let n = 0; n < TALKING; n += 1) talking.push(await stage.fleet().addHost(nameOf(n)));
    await register(TALKING, HOSTS);

    const opened = Date.now();
    await page.goto(stage.address());
    await page.getByText('5,000', { exact: true }).first().waitFor();
    await page.getByLabel(`Select ${nameOf(0)}`).click({ trial: true });
    const usable = Date.now() - opened;
    const nodes = await page.evaluate(() => document.querySelectorAll('*').length);

    const first = talking[0];
    if (!first) throw new Error('no host');
    const id = await first.begin('force-rebuild');
    const beats = setInterval(
      () => {
        for (const host of talking.slice(0, TALKING / 10)) host.agent().heartbeat();
        talking.push(...talking.splice(0, TALKING / 10));
      },
      1000 / (BEATS_PER_S * 10),
    );
    await page.locator('.fleet-row', { hasText: 'force-rebuild' }).first().waitFor();
    await page.getByLabel(`Select ${nameOf(3)}`).check();
    await page.getByLabel(`Select ${nameOf(3)}`).focus();
    const delays: number[] = [];
    for (let current = 1; current <= 20; current += 1) {
      const shown = page.evaluate(
        (wanted) =>
          new Promise<number>((resolve) => {
            const look = () => {
              if (document.querySelector('.fleet-row .phase')?.textContent?.includes(wanted)) resolve(Date.now());
              else requestAnimationFrame(look);
            };
            look();
          }),
        ` ${current}/20`,
      );
      await page.evaluate(() => 0);
      const sent = Date.now();
      first.agent().send('command.progress', { id, phase: 'build', current, total: 20 });
      delays.push((await shown) - sent);
    }
    delays.sort((a, b) => a - b);
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));

    clearInterval(beats);

    const frames = await page.evaluate(async () => {
      const times: number[] = [];
      let last = performance.now();
      for (let frame = 0; frame < 120; frame += 1) {
        window.scrollBy(0, 120);
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        times.push(now - last);
        last = now;
      }
      return times.sort((a, b) => a - b);
    });
    const p = (sorted: number[], share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
    console.log(
      `# ${HOSTS} hosts: usable after ${usable} ms, ${nodes} DOM nodes; with ${TALKING * BEATS_PER_S} changes a second on ` +
        `screen after p50 ${p(delays, 0.5)} ms, p95 ${p(delays, 0.95)} ms; scrolling, a frame takes p50 ${p(frames, 0.5)} ms, ` +
        `p95 ${p(frames, 0.95)} ms`,
    );
    assert.is(focused, `Select ${nameOf(3)}`);
    assert.ok(nodes < 2_000, `${nodes} nodes`);
    assert.ok(usable < 2_000, `usable after ${usable} ms`);
    assert.ok(p(delays, 0.5) < 250, `on screen after ${delays.join(', ')} ms`);
  },
);

test.run();
