import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { postgresTest } from '../../coordinator/store/postgres/fixtures/postgres-test.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';
import { type Listeners, startListeners } from '../harness/listeners.ts';
import { type System, startSystem } from '../harness/system.ts';
import { leaderOf, type Member, problemAt, sharedOf } from './scene.ts';

/** The lead changes between a cause and its delivery (docs/notifications.md). The cause is a host that a person adds. */

const dir = makeFolder('switchyard-told-');
let system: System;
let listeners: Listeners;

test.before(async () => {
  listeners = await startListeners(dir, () => system.api);
  system = await startSystem({ coordinators: 2, config: listeners.config });
});
test.after(async () => {
  await system?.close();
  await listeners.close();
  await clearFolder(dir);
});

let added = 0;
const add = () => system.api.addHost(`host${++added}`);

/** Each way to lose the lead, with a function that brings the loser back. */
const LOSSES: Record<string, (leader: Member) => Promise<() => Promise<void>>> = {
  'killed -9': async ({ coordinator }) => {
    await coordinator.kill('SIGKILL');
    return () => coordinator.start();
  },
  stopped: async ({ coordinator }) => {
    const pid = coordinator.pid();
    process.kill(pid, 'SIGSTOP');
    return async () => void process.kill(pid, 'SIGCONT');
  },
  'cut off from the database': async ({ wire }) => {
    wire.stall();
    return async () => wire.up();
  },
};

/** Resolves once the next coordinator leads and has sent everything, and the loser is back as a standby. */
async function changed(leader: Member, comeBack: () => Promise<void>): Promise<void> {
  await leaderOf(system, (member) => member !== leader);
  listeners.answer('take');
  await listeners.everythingTold();
  await comeBack();
  await waitFor('it stands by', async () => (await problemAt(leader))[1] === 'standby');
  await waitFor('an empty outbox', listeners.seen, (seen) => seen.every(({ waiting }) => waiting === 0));
}

for (const [how, lose] of Object.entries(LOSSES)) {
  postgresTest(`${how} while the receivers have a message and did not answer`, async () => {
    const leader = await leaderOf(system);
    listeners.answer('hold');
    let comeBack = async () => {};
    const lost = listeners.nextHeard(`host${added + 1}`, async () => {
      comeBack = await lose(leader);
    });
    const asked = [add(), add(), add()].map((one) => one.catch(() => {}));
    await lost;
    await Promise.all(asked);
    await changed(leader, () => comeBack());
  });

  postgresTest(`${how} while it waits to try again`, async () => {
    const leader = await leaderOf(system);
    listeners.answer('refuse');
    await add();
    await waitFor('a failure', listeners.seen, (seen) =>
      seen.every(({ lastError }) => lastError?.message === 'HTTP 503'),
    );
    await changed(leader, await lose(leader));
  });
}

postgresTest('with both coordinators running each later notice comes once', async () => {
  for (const member of sharedOf(system).members)
    assert.is((await fetch(`${member.coordinator.address}/healthz`)).status, 200);
  for (let round = 0; round < 3; round += 1) {
    const before = listeners.calls();
    await add();
    await listeners.everythingTold();
    await waitFor('an empty outbox', listeners.seen, (seen) => seen.every(({ waiting }) => waiting === 0));
    assert.equal(
      listeners.calls(),
      before.map((calls) => calls + 1),
    );
  }
});

postgresTest('repeated messages were identical and in the order of their causes, and no notice had two ids', () =>
  listeners.inOrder(),
);

test.run();
