import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { CLOSE } from '../../shared/wire/protocol.ts';
import { at, say, start, startServer, WELCOME } from './fixtures/peer.ts';

test('the agent goes on to the next coordinator, and stays with the one that welcomed it', async () => {
  const [first, second] = [await startServer(), await startServer()];
  const agent = start(first.url, 0.5, [second.url]);
  await waitFor('a connection', () => first.peers.length === 1);
  await first.close();
  await waitFor('it waits', () => agent.waits().length === 1);
  agent.clock.advance(250);
  await waitFor('it is at the other', () => second.peers.length === 1);
  say(second.peers[0], { type: 'welcome', payload: WELCOME });
  await waitFor('welcomed', () => agent.welcomes.length === 1);
  second.peers[0]?.socket.close(CLOSE.restarting);
  await waitFor('it waits again', () => agent.waits().length === 2);
  agent.clock.advance(250);
  await waitFor('it is back there', () => second.peers.length === 2);
  await agent.connection.close();
  await second.close();
});

/** A standby at which each try is refused, and an agent that has no other coordinator. */
async function atStandby(headers: string) {
  const server = createServer();
  server.on('upgrade', (_request, socket) =>
    socket.end(`HTTP/1.1 503 Service Unavailable\r\n${headers}content-length: 0\r\n\r\n`),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = start(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws/agent`, 1);
  let tries = 0;
  return {
    agent,
    /** The next try has been refused. */
    async tried() {
      tries += 1;
      await waitFor('the refusal', () => agent.waits().length === tries);
    },
    async close() {
      await agent.connection.close();
      server.close();
    },
  };
}

test('a standby that knows of a leader is a sign of an absent coordinator for the time of a takeover only', async () => {
  const { agent, tried, close } = await atStandby('switchyard-leader: known\r\n');
  await tried();
  assert.is(agent.refusals.length, 1);
  while (agent.clock.now() - at(agent.refusals, 0) < 30_000) {
    agent.clock.advance(at(agent.waits(), agent.waits().length - 1) as number);
    await tried();
  }
  const signs = agent.refusals.length;
  assert.ok(signs > 1, 'a takeover may be under way');
  assert.ok(agent.clock.now() - at(agent.refusals, signs - 1) > 0, 'the last try left none');
  await close();
});

test('a coordinator that knows of no leader is always such a sign', async () => {
  const { agent, tried, close } = await atStandby('');
  await tried();
  const begun = agent.clock.now();
  while (agent.clock.now() - begun < 60_000) {
    agent.clock.advance(at(agent.waits(), agent.waits().length - 1) as number);
    await tried();
  }
  assert.is(agent.refusals.length, agent.waits().length);
  await close();
});

test.run();
