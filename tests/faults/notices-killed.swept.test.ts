import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { sleep, systemClock } from '../../shared/time/clock.ts';
import type { Coordinator } from '../harness/coordinator.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';
import { type Listeners, startListeners } from '../harness/listeners.ts';
import { createRandom } from '../harness/random.ts';
import { swept } from '../harness/sweep.ts';
import { type System, startSystem } from '../harness/system.ts';

/**
 * A coordinator is killed -9 at every step between a cause and its delivery. The cause is a host that a person adds. One receiver
 * gets each notice as a message, the other each burst.
 */

const dir = makeFolder('switchyard-notices-');
let listeners: Listeners;
let system: System;
let coordinator: Coordinator;

test.before(async () => {
  listeners = await startListeners(dir, () => coordinator.api);
  system = await startSystem({ config: listeners.config });
  coordinator = system.coordinator;
});
test.after(async () => {
  await system.close();
  await listeners.close();
  await clearFolder(dir);
});

async function restart(): Promise<void> {
  await coordinator.kill('SIGKILL');
  listeners.answer('take');
  listeners.forget();
  await coordinator.start();
}

const killNow = () => coordinator.kill('SIGKILL');
let added = 0;
const add = () => coordinator.api.addHost(`host${++added}`);
const nextHeard = () => listeners.nextHeard(`host${added + 1}`, killNow);

const STEPS: Record<string, () => Promise<void>> = {
  'while the request arrives': async () => {
    const asked = add().catch(() => {});
    await turn();
    await restart();
    await asked;
  },
  'once the cause is acknowledged': async () => {
    await add();
    await restart();
  },
  'once a receiver has the message and did not answer': async () => {
    listeners.answer('hold');
    const heardOnce = nextHeard();
    const asked = add().catch(() => {});
    await heardOnce;
    await asked;
    listeners.answer('take');
    await coordinator.start();
  },
  'in the moment of the answer': async () => {
    const heardOnce = nextHeard();
    const asked = add().catch(() => {});
    await heardOnce;
    await asked;
    await coordinator.start();
  },
  'while it waits to try again': async () => {
    listeners.answer('refuse');
    await add();
    await waitFor('a failure', listeners.seen, (seen) =>
      seen.every(({ lastError }) => lastError?.message === 'HTTP 503'),
    );
    await restart();
  },
  'once all is delivered': async () => {
    await add();
    await waitFor('a delivery', listeners.seen, (seen) => seen.every(({ waiting }) => waiting === 0));
    await restart();
  },
};

for (const [step, run] of Object.entries(STEPS))
  test(`killed ${step}: each receiver gets the notice at least once`, async () => {
    await run();
    await listeners.everythingTold();
  });

test('killed at any time: each receiver gets the notice at least once', async () => {
  const random = createRandom(11);
  for (const _ of swept([1, 2, 3, 4, 5, 6], 3)) {
    const asked = [add(), add(), add()].map((one) => one.catch(() => {}));
    await sleep(systemClock, random.below(400));
    await restart();
    await Promise.all(asked);
  }
  await listeners.everythingTold();
});

test('repeated messages were identical and in the order of their causes, and no notice had two ids', () =>
  listeners.inOrder());

test.run();
