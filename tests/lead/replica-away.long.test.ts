import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { postgresTest } from '../../coordinator/store/postgres/fixtures/postgres-test.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound } from '../harness/subject.ts';
import { onDatabase } from './database.ts';
import { EXPECTED, leaderOf, OPS, problemAt, sharedOf, working } from './scene.ts';

/** Commits wait for a synchronous replica that is away: the database answers reads and acknowledges nothing. */

const inSystem = shareSystem(test, { coordinators: 2 });

/** Sessions opened in total: a coordinator opens one for each look, about every ten seconds. */
const SESSIONS = 11;
/** The most sessions at one time: the present look's, the last one that was given up, and waiting ones of the last lead. */
const MOST_SESSIONS = 6;

postgresTest(
  'nothing is acknowledged, waiting sessions do not pile up, and everything goes on once the replica is back',
  inSystem(async (system) => {
    const subject = await addSubject(system, 'waits', { ops: OPS });
    const { id, leader } = await working(system, 'waits');
    await onDatabase(system, async (ask) => {
      const setReplica = async (name: string) => {
        await ask(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
        await ask('SELECT pg_reload_conf()');
        await waitFor(`the replica "${name}"`, async () => {
          const [row] = await ask<{ synchronous_standby_names: string }>('SHOW synchronous_standby_names');
          return row?.synchronous_standby_names === name;
        });
      };
      const sessions = () =>
        ask<{ pid: number }>("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'switchyard %'");

      // Two coordinators would end each other's sessions.
      const [other] = sharedOf(system).members.filter((member) => member !== leader);
      await other?.coordinator.stop();
      await setReplica('nobody');
      const asked = leader.coordinator.api.addHost('unacknowledged').then(
        () => 'acknowledged',
        () => 'refused',
      );
      assert.is(await asked, 'refused');
      await waitFor('it does not lead', async () => (await problemAt(leader))[0] === 503);
      const seen = new Set<number>();
      let present: { pid: number }[] = [];
      await waitFor(
        `${SESSIONS} sessions`,
        async () => {
          present = await sessions();
          for (const { pid } of present) seen.add(pid);
          return seen.size;
        },
        (size) => size >= SESSIONS,
        120_000,
      );
      assert.ok(present.length <= MOST_SESSIONS, `${present.length} sessions`);
      await setReplica('');
      await other?.coordinator.start();
    });
    await leaderOf(system);
    await expectSound(subject, id, EXPECTED);
  }),
);

test.run();
