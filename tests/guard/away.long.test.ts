import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type Host, OLD } from './guarded-host.ts';
import { activated, hostTest } from './scene.ts';

// The coordinator's name does not resolve. That may be the new system's fault; only a witness shows that the network works.

/** The agent that comes next can't reach its coordinator, and isn't refused by it. */
function cutOff(host: Host, more: Record<string, string> = {}): void {
  host.killAgent();
  Object.assign(host.env, { SWITCHYARD_URL: 'ws://coordinator.invalid', ...more });
  host.startAgent();
}

hostTest('a witness that answers holds the deadline, until it answers no more', async (host) => {
  const witness = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(witness, 'listening');
  try {
    const id = await activated(host, { confirmMs: 30_000 });
    cutOff(host, { SWITCHYARD_GUARD_WITNESS: `127.0.0.1:${(witness.address() as AddressInfo).port}` });
    await waitFor('held', () => host.guardSays('state') === 'held');
    const { spentMs, heldMs } = await waitFor('some time that was held', host.counted, (counted) => counted.heldMs > 0);
    await waitFor('two seconds more', () => host.counted().heldMs >= heldMs + 2_000);
    assert.is(host.counted().spentMs, spentMs, 'none of them counts');
    assert.is(host.plan()?.commandId, id);
  } finally {
    witness.close();
  }
});

hostTest('without a witness it goes back', async (host) => {
  await activated(host, { confirmMs: 8_000 });
  cutOff(host);
  await waitFor('the old system', () => host.stands().join() === OLD.join());
  await waitFor('its end', () => host.plan() === null);
});

test.run();
