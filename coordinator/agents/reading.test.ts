import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import { answered, forgive, type Reading, spend } from './reading.ts';

function setUp() {
  const pings: Buffer[] = [];
  const socket = {
    isPaused: false,
    pause() {
      socket.isPaused = true;
    },
    resume() {
      socket.isPaused = false;
    },
    ping: (data: Buffer) => void pings.push(data),
  };
  const reading: Reading = {
    ...{ socket: socket as unknown as WebSocket, spent: 0, unreadSince: null, pausedAt: 0, askedAt: null },
  };
  const answer = (now: number) => {
    for (const data of pings.splice(0)) answered(reading, data, now);
  };
  return { socket, reading, answer };
}

test('a slowly read host counts as read once it has answered a later ping', () => {
  const { socket, reading, answer } = setUp();
  assert.ok(spend(reading, 2_100, 1));
  assert.is(reading.unreadSince, 1);
  forgive(reading, 2);
  assert.ok(socket.isPaused, 'not a second of it is forgiven yet');
  forgive(reading, 3);
  assert.not(socket.isPaused);
  assert.is(reading.unreadSince, 1);
  answer(4);
  assert.is(reading.unreadSince, null);
});

test('a slowly read host counts as read likewise if a frame that waited for its records resumed the socket', () => {
  const { socket, reading, answer } = setUp();
  spend(reading, 2_100, 1);
  socket.resume();
  forgive(reading, 2);
  answer(3);
  assert.is(reading.unreadSince, null);
});

test('a host that becomes slow again meanwhile is asked again', () => {
  const { reading, answer } = setUp();
  spend(reading, 2_100, 1);
  forgive(reading, 2);
  forgive(reading, 3);
  spend(reading, 1_000, 4);
  answer(5);
  assert.is(reading.unreadSince, 3, 'what came after the ping may be unread');
  forgive(reading, 6);
  forgive(reading, 7);
  answer(8);
  assert.is(reading.unreadSince, null);
});

test.run();
