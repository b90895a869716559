import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/fake-clock.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Host } from '../../shared/host.ts';
import { startTestApp } from '../fixtures/test-app.ts';

test('a stall of the coordinator cuts nobody off; a silence of 30 s that it could have heard does', async () => {
  const clock = createFakeClock();
  const app = await startTestApp({ clock });
  try {
    const { hostId, token } = await app.addHost('web1');
    const agent = await app.connect(token);
    const host = async () => (await app.request('GET', `/api/hosts/${hostId}`)).body as Host;
    for (const ms of [1_000, 30_000, 600_000]) {
      clock.stall(ms);
      clock.advance(0);
      agent.heartbeat({ sampledAt: ms });
      await waitFor('a heartbeat after the stall', async () => (await host()).report?.sampledAt === ms);
      assert.is((await host()).online, true, `${ms} ms`);
    }
    let hasClosed = false;
    void agent.closed.then(() => {
      hasClosed = true;
    });
    clock.advance(35_000);
    await waitFor('the end of a connection that is silent', () => hasClosed);
  } finally {
    await app.close();
  }
});

test.run();
