import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type AgentSocket, agentSocketsFor } from './agent-socket.ts';
import { answerPing, type Connection } from './connection.ts';

function setUp() {
  const told: unknown[] = [];
  const Socket = agentSocketsFor({
    message: ({ hostId }, data, isBinary) => void told.push(['message', hostId, String(data), isBinary]),
    ping: ({ hostId }, data) => void told.push(['ping', hostId, String(data)]),
    pong: ({ hostId }, data) => void told.push(['pong', hostId, String(data)]),
    close: ({ hostId }) => void told.push(['close', hostId]),
    error: (connection, { message }) => void told.push(['error', connection?.hostId ?? null, message]),
  });
  // As the server of `ws` does.
  const socket: AgentSocket = Reflect.construct(Socket, [null, undefined, {}]);
  return { told, socket };
}

test('a socket tells what happens, with its connection', () => {
  const { told, socket } = setUp();
  socket.connection = { hostId: 'web1' } as Connection;
  socket.emit('message', Buffer.from('{}'), false);
  socket.emit('ping', Buffer.from('a'));
  socket.emit('pong', Buffer.from('b'));
  socket.emit('error', new Error('broken'));
  socket.emit('close', 1006, Buffer.alloc(0));
  assert.equal(told, [
    ['message', 'web1', '{}', false],
    ['ping', 'web1', 'a'],
    ['pong', 'web1', 'b'],
    ['error', 'web1', 'broken'],
    ['close', 'web1'],
  ]);
});

test('an error after its end is told without a connection and thrown at nobody', () => {
  const { told, socket } = setUp();
  socket.emit('message', Buffer.from('{}'), false);
  socket.emit('close', 1006, Buffer.alloc(0));
  assert.ok(socket.emit('error', new Error('late')));
  assert.equal(told, [['error', null, 'late']]);
});

test('its end is also heard by others, after its connection was told', () => {
  const { told, socket } = setUp();
  socket.connection = { hostId: 'web1' } as Connection;
  socket.once('close', (code) => void told.push(code));
  socket.emit('close', 1001, Buffer.alloc(0));
  assert.equal(told, [['close', 'web1'], 1001]);
});

test('pings are answered until sixty answers wait to be written; then the connection is cut', () => {
  const written: (() => void)[] = [];
  let cut = 0;
  const socket = {
    ...{ readyState: 1, OPEN: 1 },
    pong: (_data: Buffer, _mask: boolean, done: () => void) => void written.push(done),
    terminate() {
      cut += 1;
    },
  };
  const connection = { socket, pongs: 0 } as unknown as Connection;
  const ping = (times: number) => {
    for (let count = 0; count < times; count += 1) answerPing(connection, Buffer.from('x'));
  };
  ping(60);
  for (const done of written.splice(0, 30)) done();
  ping(30);
  assert.is(written.length, 60);
  assert.is(cut, 0, 'answers that were written count no more');
  ping(1);
  assert.is(cut, 1);
  socket.readyState = 2;
  for (const done of written.splice(0)) done();
  ping(1);
  assert.equal(written, [], 'a closing socket answers none');
});

test.run();
