import { createServer } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLog } from '../../coordinator/config/log.ts';
import { leadInTurn } from '../../coordinator/lead/lead.ts';
import type { Build } from '../../coordinator/lead/leading.ts';
import { postgresTest } from '../../coordinator/store/postgres/fixtures/postgres-test.ts';
import { startPostgres } from '../../coordinator/store/postgres/fixtures/server.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newId } from '../../shared/ids.ts';
import { systemClock } from '../../shared/time/clock.ts';

/** Coordinators between taking the lead and taking it up, which some cannot: one without enough sessions, or with a full disk. */

const leads = (): Awaited<ReturnType<Build>> => {
  const server = createServer();
  return {
    server: {
      listen: async ({ host, port }) => {
        await new Promise<void>((resolve) => void server.listen(port, host, resolve));
        const address = server.address();
        return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
      },
    },
    close: async () => void server.close(),
  };
};

const startOn =
  (url: string) =>
  (build: Build, advertise: string | null = null) =>
    leadInTurn({
      ...{ clock: systemClock, log: createLog('silent'), url, build, advertise, holder: newId() },
      listen: { host: '127.0.0.1', port: 0 },
      onFailed: (cause) => assert.unreachable(String(cause)),
    });

postgresTest('a lead that cannot be taken up goes to another coordinator, and is not tried again at once', async () => {
  const server = await startPostgres();
  const url = await server.url('unfit');
  const start = startOn(url);
  let tries = 0;
  const unfit = start(async () => {
    tries += 1;
    throw new Error('no space');
  });
  await unfit.listening;
  await waitFor('its first try', () => tries > 0);
  let isLed = false;
  const other = start(async () => {
    isLed = true;
    return leads();
  });
  try {
    await other.listening;
    await waitFor('another leads', () => isLed);
    assert.ok(tries <= 3, `${tries} tries`);
  } finally {
    await Promise.all([unfit.close(), other.close()]);
    await server.end();
  }
});

postgresTest('a coordinator that takes up the lead no longer names the leader before it', async () => {
  const server = await startPostgres();
  const start = startOn(await server.url('next'));
  const first = start(async () => leads(), 'https://first.example.com');
  await first.listening;
  let address = '';
  const named = async () => ((await (await fetch(`${address}/readyz`)).json()) as { leader?: string | null }).leader;
  let meanwhile: unknown = 'not asked';
  const next = start(async () => {
    meanwhile = await named();
    return leads();
  });
  try {
    address = await next.listening;
    await waitFor('it stands by', async () => (await named()) === 'https://first.example.com');
    await first.close();
    await waitFor('the next leads', () => meanwhile !== 'not asked');
    assert.is(meanwhile, null);
  } finally {
    await Promise.all([first.close(), next.close()]);
    await server.end();
  }
});

test.run();
