import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import { answered, type Reading, readOn, spend } from './reading.ts';

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
    ...{ socket: socket as unknown as WebSocket, busyUntil: 0, unreadSince: null, pausedAt: 0, askedAt: null },
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
  readOn(reading, 1_001);
  assert.ok(socket.isPaused, 'less than a second of the burst is left again');
  readOn(reading, 2_001);
  assert.not(socket.isPaused);
  assert.is(reading.unreadSince, 1);
  answer(2_002);
  assert.is(reading.unreadSince, null);
});

test('a slowly read host counts as read likewise if a frame that waited for its records resumed the socket', () => {
  const { socket, reading, answer } = setUp();
  spend(reading, 2_100, 1);
  socket.resume();
  readOn(reading, 1_001);
  answer(1_002);
  assert.is(reading.unreadSince, null);
});

test('a host that becomes slow again meanwhile is asked again', () => {
  const { reading, answer } = setUp();
  spend(reading, 2_100, 1);
  readOn(reading, 2_001);
  spend(reading, 1_000, 2_002);
  answer(2_003);
  assert.is(reading.unreadSince, 2_001, 'what came after the ping may be unread');
  readOn(reading, 4_001);
  answer(4_002);
  assert.is(reading.unreadSince, null);
});

test.run();
