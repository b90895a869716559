import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { postgresTest } from '../../coordinator/store/postgres/fixtures/postgres-test.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { sleep, systemClock } from '../../shared/time/clock.ts';
import { dispatchSurely } from '../harness/dispatch-surely.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound, type Subject } from '../harness/subject.ts';
import { BACK_FROM_SILENCE_MS, EXPECTED, type Member, OPS, problemAt, takenOver, working } from './scene.ts';

/** A leader that outlives its lead (docs/high-availability.md). */

/** Six times the lease. */
const SUSPENDED_MS = 60_000;

const inSystem = shareSystem(test, { coordinators: 2 });

/** The one that took over, once `leader` has been stopped for all of its time. */
async function suspended(subject: Subject, leader: Member, stopped: number): Promise<Member> {
  const next = await takenOver(subject, leader, 'SIGSTOP', BACK_FROM_SILENCE_MS);
  await sleep(systemClock, stopped + SUSPENDED_MS - systemClock.monotonic());
  return next;
}

postgresTest(
  'a leader stopped for a minute writes nothing afterwards, and stands by',
  inSystem(async (system) => {
    const subject = await addSubject(system, 'stopped', { ops: OPS });
    const { id, leader } = await working(system, 'stopped');
    const stopped = systemClock.monotonic();
    process.kill(leader.coordinator.pid(), 'SIGSTOP');
    const next = await suspended(subject, leader, stopped).finally(() =>
      process.kill(leader.coordinator.pid(), 'SIGCONT'),
    );
    const later = await dispatchSurely(system, 'next', 'stopped');
    await waitFor('it stands by', async () => (await problemAt(leader))[2] === next.coordinator.address);
    assert.equal(await problemAt(leader), [503, 'standby', next.coordinator.address]);
    await expectSound(subject, id, EXPECTED);
    assert.is((await system.command(later)).status, 'SUCCESS');
  }),
);

postgresTest(
  'a leader cut off from the database gives up the lead, and its agents go to the other',
  inSystem(async (system) => {
    const subject = await addSubject(system, 'cut', { ops: OPS });
    const { id, leader } = await working(system, 'cut');
    leader.wire.stall();
    await takenOver(subject, leader, 'a cut');
    assert.equal((await problemAt(leader))[0], 503);
    leader.wire.up();
    await waitFor('it stands by', async () => (await problemAt(leader))[1] === 'standby');
    await expectSound(subject, id, EXPECTED);
  }),
);

test.run();
