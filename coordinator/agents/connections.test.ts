import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AgentSocket } from './agent-socket.ts';
import type { Connection } from './connection.ts';
import { createConnections } from './connections.ts';

const connection = (hostId: string, busyUntil = 0): Connection => ({ socket: {}, hostId, busyUntil }) as Connection;

test("a host's open connections are found oldest first", () => {
  const connections = createConnections();
  const [first, second, other] = [connection('web1'), connection('web1'), connection('web2')];
  for (const one of [first, second, other]) connections.add(one);
  assert.equal(connections.ofHost('web1'), [first, second]);
  connections.remove(first);
  assert.equal(connections.ofHost('web1'), [second]);
  assert.is((first.socket as AgentSocket).connection, null);
  assert.is((second.socket as AgentSocket).connection, second);
  connections.remove(second);
  assert.equal(connections.ofHost('web1'), []);
  assert.equal([...connections.all()], [other]);
});

test("a host's debt outlives its connections, is the largest of theirs, and is dropped once it is over", () => {
  const connections = createConnections();
  const [busy, calm] = [connection('web1', 200), connection('web1', 10)];
  for (const one of [busy, calm]) {
    connections.add(one);
    connections.remove(one);
  }
  assert.is(connections.debtOf('web1'), 200);
  connections.dropDebts(199);
  assert.is(connections.debtOf('web1'), 200);
  connections.dropDebts(200);
  assert.is(connections.debtOf('web1'), 0);
});

test.run();
