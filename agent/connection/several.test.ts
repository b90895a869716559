import { test } from 'uvu';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { CLOSE } from '../../shared/wire/protocol.ts';
import { say, start, startServer, WELCOME } from './fixtures/peer.ts';

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

test.run();
