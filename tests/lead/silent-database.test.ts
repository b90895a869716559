import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLog } from '../../coordinator/config/log.ts';
import { leadInTurn } from '../../coordinator/lead/lead.ts';
import type { Build } from '../../coordinator/lead/leading.ts';
import { leadOn } from '../../coordinator/store/postgres/fixtures/lead.ts';
import { postgresTest } from '../../coordinator/store/postgres/fixtures/postgres-test.ts';
import { startPostgres } from '../../coordinator/store/postgres/fixtures/server.ts';
import { LEASE_MS } from '../../coordinator/store/postgres/lease.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newId } from '../../shared/ids.ts';
import { createFakeClock, type FakeClock } from '../../shared/time/fake-clock.ts';
import { freePort } from '../harness/shared-database.ts';
import { startWire, type Wire } from '../harness/wire.ts';

/** A network that swallows everything, under a coordinator that does not lead yet. */

const STEP_MS = 500;

const unreachable = (): never => {
  throw new Error('it came as far as this');
};

type Scene = { wire: Wire; direct: string; clock: FakeClock; start: (build: Build) => Promise<string> };

async function withScene(use: (scene: Scene) => Promise<void>): Promise<void> {
  const server = await startPostgres({ port: await freePort() });
  const wire = await startWire(server.port);
  const clock = createFakeClock();
  let end = async () => {};
  try {
    const direct = await server.url('silent');
    await use({
      wire,
      direct,
      clock,
      start: async (build) => {
        const lead = leadInTurn({
          clock,
          log: createLog('silent'),
          url: server.urlThrough(wire.port, 'silent'),
          build,
          listen: { host: '127.0.0.1', port: 0 },
          advertise: null,
          holder: newId(),
          onFailed: unreachable,
        });
        end = lead.close;
        return await lead.listening;
      },
    });
  } finally {
    wire.down();
    await end();
    await wire.close();
    await server.end();
  }
}

const refusalAt = async (address: string): Promise<string> => {
  const answer = await fetch(`${address}/api/hosts`, { signal: AbortSignal.timeout(5_000) });
  return ((await answer.json()) as { code: string }).code;
};

postgresTest('a standby that hears nothing more from the database says so within a lease, and looks again', () =>
  withScene(async ({ wire, direct, clock, start }) => {
    const other = await leadOn(direct);
    const address = await start(unreachable);
    assert.is(await refusalAt(address), 'standby');
    wire.stall();
    const before = clock.monotonic();
    await waitFor('it knows', async () => {
      clock.advance(STEP_MS);
      return (await refusalAt(address)) === 'storage_unavailable';
    });
    assert.ok(clock.monotonic() - before <= 2 * LEASE_MS);
    wire.up();
    await waitFor('it stands by again', async () => {
      clock.advance(STEP_MS);
      return (await refusalAt(address)) === 'standby';
    });
    await other.close();
  }),
);

postgresTest('a lead that is lost during the takeover ends, although the database never answers', () =>
  withScene(async ({ wire, clock, start }) => {
    const asked = Promise.withResolvers<void>();
    let address: string | null = null;
    const started = start(async ({ store }) => {
      // A session that is open already: opening one has a limit of its own.
      await store.commands.live();
      wire.stall();
      asked.resolve();
      await store.commands.live();
      return unreachable();
    });
    void started.then((at) => {
      address = at;
    });
    await asked.promise;
    await waitFor('it stands by', () => {
      clock.advance(STEP_MS);
      return address !== null;
    });
    assert.is(await refusalAt(await started), 'storage_unavailable');
  }),
);

test.run();
