import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { postgresTest } from '../../coordinator/store/postgres/fixtures/postgres-test.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound } from '../harness/subject.ts';
import { EXPECTED, leaderOf, OPS, problemAt, sharedOf, takenOver, working } from './scene.ts';

/** Two coordinators on one PostgreSQL: one is killed, or the database is (docs/high-availability.md). */

const inSystem = shareSystem(test, { coordinators: 2 });

postgresTest(
  'one leads; the other is healthy, refuses all else, and names the leader',
  inSystem(async (system) => {
    const leader = await leaderOf(system);
    const [other] = sharedOf(system).members.filter((member) => member !== leader);
    if (!other) throw new Error('there is no other');
    // It picked its port after it had taken the lead, and names it at the next renewal.
    await waitFor('the leader is named', async () => (await problemAt(other))[2] !== null);
    assert.equal(await problemAt(other), [503, 'standby', leader.coordinator.address]);
    assert.equal(await problemAt(other, '/readyz'), [503, 'standby', leader.coordinator.address]);
    const health = await fetch(`${other.coordinator.address}/healthz`);
    const { status } = (await health.json()) as { status: string };
    assert.equal([health.status, status], [200, 'ok']);
    const page = await fetch(other.coordinator.address, { headers: { accept: 'text/html' } });
    assert.match(await page.text(), `href="${leader.coordinator.address}/"`);
  }),
);

postgresTest(
  'a leader is killed: another leads in time, and the command ends once, truthfully and with all its output',
  inSystem(async (system) => {
    const subject = await addSubject(system, 'killed', { ops: OPS });
    const { id, leader } = await working(system, 'killed');
    await leader.coordinator.kill('SIGKILL');
    const next = await takenOver(subject, leader, 'kill -9');
    await leader.coordinator.start();
    await expectSound(subject, id, EXPECTED);
    assert.is((await sharedOf(system).leader()) === next, true, 'the one that came back stands by');
  }),
);

postgresTest(
  'while the database is away nothing is acknowledged; once it is back all goes on by itself',
  inSystem(async (system) => {
    const subject = await addSubject(system, 'away', { ops: OPS });
    const { id } = await working(system, 'away');
    const { server, members } = sharedOf(system);
    await server.kill();
    for (const member of members)
      await waitFor('it says so', async () => (await problemAt(member))[1] === 'storage_unavailable');
    assert.is((await fetch(`${members[0]?.coordinator.address}/healthz`)).status, 200);
    await server.start();
    await leaderOf(system);
    await expectSound(subject, id, EXPECTED);
  }),
);

test.run();
