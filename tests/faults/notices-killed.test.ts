import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type HttpReceiver,
  type Received,
  startHttpReceiver,
} from '../../coordinator/notify/fixtures/http-receiver.ts';
import { sleep, systemClock } from '../../shared/clock.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { NotifyMessage, Receiver } from '../../shared/notify.ts';
import { type Coordinator, startCoordinator } from '../harness/coordinator.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';
import { createRandom } from '../harness/random.ts';

/**
 * A coordinator is killed -9 at every step between a cause and its delivery. The cause is a host that a person adds. One receiver
 * gets each notice as a message, the other each burst.
 */

type Answer = 'take' | 'refuse' | 'hold';
type Told = { receiver: HttpReceiver; answer: Answer; onHeard: (body: string) => void };

const KEY = 'the-key-of-the-hooks';
const dir = makeFolder('switchyard-notices-');
const told: Record<string, Told> = {};
let coordinator: Coordinator;

test.before(async () => {
  writeFileSync(join(dir, 'key'), KEY);
  const tables: string[] = [];
  for (const [name, digestMs] of [
    ['each', 0],
    ['digest', 300],
  ] as const) {
    const one: Told = {
      answer: 'take',
      onHeard: () => {},
      receiver: await startHttpReceiver(({ body }, response) => {
        if (one.answer !== 'hold') response.writeHead(one.answer === 'take' ? 200 : 503).end();
        one.onHeard(body);
      }),
    };
    told[name] = one;
    tables.push(
      `[[notify]]\nname = "${name}"\nkind = "webhook"\nurl = "${one.receiver.url}"\nsecretFile = "${join(dir, 'key')}"\nevents = ["info"]\ndigestMs = ${digestMs}`,
    );
  }
  coordinator = await startCoordinator({ dir, env: {}, config: tables.join('\n') });
});
test.after(async () => {
  await coordinator.stop();
  for (const { receiver } of Object.values(told)) await receiver.close();
  await clearFolder(dir);
});

const messages = ({ receiver }: Told): NotifyMessage[] => receiver.received.map(({ body }) => JSON.parse(body));
/** Notices about added hosts, each as often as it was heard. */
const heard = (one: Told) =>
  messages(one).flatMap(({ id, notices }) =>
    notices.filter(({ code }) => code === 'host_added').map((notice) => ({ ...notice, messageId: id })),
  );

async function receivers(): Promise<Receiver[]> {
  return (await (await coordinator.api.send('/api/notify')).json()) as Receiver[];
}

const all = (set: Partial<Told>): void => {
  for (const one of Object.values(told)) Object.assign(one, set);
};

/** Resolves once each receiver has heard of the next host, and runs `then` at that moment. Earlier messages may come again. */
function nextHeard(then: () => Promise<unknown>): Promise<unknown> {
  const next = new RegExp(`\\bhost${added + 1}\\b`);
  return new Promise((resolve) => {
    const left = new Set(Object.values(told));
    for (const one of left)
      one.onHeard = (body) => {
        if (!next.test(body)) return;
        left.delete(one);
        if (left.size > 0) return;
        all({ onHeard: () => {} });
        resolve(then());
      };
  });
}

async function restart(): Promise<void> {
  await coordinator.kill('SIGKILL');
  all({ answer: 'take', onHeard: () => {} });
  await coordinator.start();
}

const killNow = () => coordinator.kill('SIGKILL');
let added = 0;
const add = () => coordinator.api.addHost(`host${++added}`);

const STEPS: Record<string, () => Promise<void>> = {
  'while it is asked': async () => {
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
    all({ answer: 'hold' });
    const heardOnce = nextHeard(killNow);
    const asked = add().catch(() => {});
    await heardOnce;
    await asked;
    all({ answer: 'take' });
    await coordinator.start();
  },
  'in the moment of the answer': async () => {
    const heardOnce = nextHeard(killNow);
    const asked = add().catch(() => {});
    await heardOnce;
    await asked;
    await coordinator.start();
  },
  'while it waits to try again': async () => {
    all({ answer: 'refuse' });
    await add();
    await waitFor('a failure', receivers, (seen) => seen.every(({ lastError }) => lastError?.message === 'HTTP 503'));
    await restart();
  },
  'once all is delivered': async () => {
    await add();
    await waitFor('a delivery', receivers, (seen) => seen.every(({ waiting }) => waiting === 0));
    await restart();
  },
};

for (const [step, run] of Object.entries(STEPS))
  test(`killed ${step}: told at least once`, async () => {
    await run();
    await everythingTold();
  });

test('killed at any time: told at least once', async () => {
  const random = createRandom(11);
  for (let round = 0; round < 6; round++) {
    const asked = [add(), add(), add()].map((one) => one.catch(() => {}));
    await sleep(systemClock, random.below(400));
    await restart();
    await Promise.all(asked);
  }
  await everythingTold();
});

/** Each present host, and no other. */
async function everythingTold(): Promise<void> {
  const page = (await (await coordinator.api.send('/api/hosts?limit=500')).json()) as { items: { id: string }[] };
  const hosts = page.items.map(({ id }) => id).sort();
  for (const [name, one] of Object.entries(told)) {
    const toldOf = () => [...new Set(heard(one).map(({ hostId }) => hostId))].sort();
    await waitFor(`${name} has heard of ${hosts.length} hosts`, toldOf, (seen) => seen.length >= hosts.length);
    assert.equal(toldOf(), hosts, name);
  }
}

test('repeated messages were identical and in the order of their causes, and no notice had two ids', async () => {
  await waitFor('an empty outbox', receivers, (seen) => seen.every(({ waiting }) => waiting === 0));
  const events = await coordinator.api.events('?limit=500');
  const order = events.filter(({ code }) => code === 'host_added').map(({ hostId }) => hostId);
  for (const [name, one] of Object.entries(told)) {
    const bodies = Map.groupBy(one.receiver.received, ({ body }) => JSON.parse(body).id as string);
    assert.ok(one.receiver.received.length > bodies.size, `${name}: some came twice`);
    for (const [id, same] of bodies) {
      assert.is(new Set(same.map(({ body }) => body)).size, 1, `${name} ${id}`);
      for (const received of same) assert.ok(isSigned(received), `${name} ${id}`);
    }
    const firsts = new Map(heard(one).map((notice) => [notice.id, notice.messageId]));
    for (const notice of heard(one)) assert.is(notice.messageId, firsts.get(notice.id), `${name}: told under two ids`);
    const hosts = [...new Set(heard(one).map(({ hostId }) => hostId))];
    assert.equal(hosts, order, `${name}: in order`);
    if (name === 'each') assert.ok(messages(one).every(({ notices }) => notices.length === 1));
  }
  assert.ok(
    messages(told.digest as Told).some(({ notices }) => notices.length > 1),
    'a burst was one message',
  );
});

function isSigned({ headers, body }: Received): boolean {
  const [, t, v1] = /^t=(\d+),v1=(.*)$/.exec(String(headers['x-switchyard-signature'])) ?? [];
  return v1 === createHmac('sha256', KEY).update(`${t}.${body}`).digest('hex');
}

test.run();
