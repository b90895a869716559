import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { readLog } from '../harness/program.ts';
import { addSubject, expectSound } from '../harness/subject.ts';
import { type System, withSystem } from '../harness/system.ts';
import { faketimeMissing, withWallClock } from '../harness/wall-clock.ts';
import { type Lease, onDatabase, readLease } from './database.ts';
import { BACK_FROM_SILENCE_MS, EXPECTED, leaderOf, OPS, problemAt, sharedOf, takenOver, working } from './scene.ts';

/** The coordinators' wall clocks jump. Only the database's clock decides on the lease (docs/high-availability.md). */

const DAY_MS = 24 * 3_600_000;
/** More than a lease, at one renewal every 2 s. */
const RENEWALS = 6;

const leaseOf = (system: System) => onDatabase(system, readLease);

/** Resolves once the lease was renewed this often. */
const renewed = (system: System, times: number): Promise<Lease> =>
  onDatabase(system, async (ask) => {
    let last = await readLease(ask);
    for (let seen = 0; seen < times; seen += 1) {
      const before = last.expires_at.getTime();
      last = await waitFor(
        'a renewal',
        () => readLease(ask),
        ({ expires_at: at }) => at.getTime() !== before,
      );
    }
    return last;
  });

const clockTest = testUnless([toolMissing('pg_ctlcluster'), faketimeMissing()]);

for (const [name, offset] of [
  ['forth', DAY_MS],
  ['back', -DAY_MS],
] as const)
  clockTest(
    `clocks that jump a day ${name}: the leader keeps its lead, the standby takes none, and a lost lead still ends in time`,
    withWallClock((clock) =>
      withSystem(
        async (system) => {
          const subject = await addSubject(system, 'jumped', { ops: OPS });
          const { id, leader } = await working(system, 'jumped');
          const before = await leaseOf(system);
          clock.set(offset);
          const after = await renewed(system, RENEWALS);
          assert.equal([after.term, after.holder], [before.term, before.holder]);
          assert.ok(
            after.expires_at.getTime() - before.expires_at.getTime() < DAY_MS / 2,
            'by the clock of the database',
          );
          assert.is(await leaderOf(system), leader);

          leader.wire.stall();
          const next = await takenOver(subject, leader, `a cut after a jump ${name}`);
          leader.wire.up();
          await waitFor('it stands by', async () => (await problemAt(leader))[1] === 'standby');
          assert.match(readLog(next.coordinator.logFile), /"aheadMs":-?86\d{6},/, 'it warns');
          await expectSound(subject, id, EXPECTED);
          assert.is((await sharedOf(system).leader()) === next, true);

          // The coordinator is stopped, and its clock jumps back meanwhile.
          const late = await working(system, 'jumped');
          const stopped = late.leader.coordinator.pid();
          process.kill(stopped, 'SIGSTOP');
          clock.set(0);
          await takenOver(subject, late.leader, 'SIGSTOP and a jump', BACK_FROM_SILENCE_MS).finally(() =>
            process.kill(stopped, 'SIGCONT'),
          );
          await waitFor('it stands by', async () => (await problemAt(late.leader))[1] === 'standby');
          await expectSound(subject, late.id, EXPECTED);
        },
        { coordinators: 2, coordinatorEnv: clock.env },
      )(),
    ),
  );

test.run();
