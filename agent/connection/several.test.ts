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
  const says = { headers };
  const server = createServer();
  server.on('upgrade', (_request, socket) =>
    socket.end(`HTTP/1.1 503 Service Unavailable\r\n${says.headers}content-length: 0\r\n\r\n`),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = start(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws/agent`, 1);
  let tries = 0;
  const tried = async () => {
    tries += 1;
    await waitFor('the refusal', () => agent.waits().length === tries);
  };
  await tried();
  const begun = agent.clock.now();
  return {
    agent,
    says,
    /** Tries again until this much time has passed since the first refusal, and once after it. */
    async until(ms: number) {
      while (agent.clock.now() - begun < ms) {
        agent.clock.advance(at(agent.waits(), tries - 1) as number);
        await tried();
      }
    },
    /** From now on its address refuses connections. */
    async leave() {
      server.close();
      await once(server, 'close');
    },
    async close() {
      await agent.connection.close();
      server.close();
    },
  };
}

const LED = 'switchyard-leader: known\r\n';

test('a standby that knows of a leader is a sign of an absent coordinator for the time of a takeover only', async () => {
  const { agent, says, until, leave, close } = await atStandby(LED);
  await until(30_000);
  const { length } = agent.waits();
  assert.ok(length > 2, 'a takeover may be under way');
  assert.is(agent.refusals.length, length - 1, 'the last try left none');
  says.headers = '';
  await until(60_000);
  assert.is(agent.waits().length - agent.refusals.length, 1, 'nobody leads: each try left one');
  says.headers = LED;
  await until(61_000);
  await until(120_000);
  const signs = agent.refusals.length;
  await leave();
  await until(150_000);
  assert.is(agent.refusals.length, signs, 'another coordinator is away, while the leader lives');
  await close();
});

test('a coordinator that knows of no leader is always such a sign', async () => {
  const { agent, until, leave, close } = await atStandby('');
  await until(60_000);
  await leave();
  await until(120_000);
  assert.is(agent.refusals.length, agent.waits().length);
  await close();
});

test.run();
