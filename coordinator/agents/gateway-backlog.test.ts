import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { createFakeClock } from '../../shared/fake-clock.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { sampleHello } from '../fixtures/fake-agent.ts';
import { createGateway } from './gateway.ts';
import type { Intake } from './intake.ts';

const METRICS = { cpuPercent: 1, memoryPercent: 2, swapPercent: 0, load1: 0.5, diskPercent: 3 };

/** One host's agent at a gateway whose frames each take 60 ms. Frames that wait go on only at `turn`. */
async function startWorld() {
  const clock = createFakeClock();
  const told: string[] = [];
  let deferred: (() => void)[] = [];
  let unreadSince: () => number | null = () => null;
  const slowly = (word: string): void => {
    told.push(word);
    clock.stall(60);
  };
  const intake: Intake = {
    hello(session) {
      unreadSince = session.unreadSince.bind(session);
      slowly('hello');
    },
    repeat: () => false,
    frame(_session, frame) {
      slowly(frame.type === 'heartbeat' ? `heartbeat ${frame.payload.seq}` : frame.type);
      return true;
    },
    output: () => true,
    cut: () => {},
    slowed: () => {},
    closed: () => void told.push('closed'),
    traffic: { heartbeats: 0, outputBytes: 0 },
  };
  const gateway = createGateway({
    clock,
    log: pino({ level: 'silent' }),
    intake,
    defer: (run) => void deferred.push(run),
  });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => gateway.accept(request, socket, head, 'web1'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(socket, 'open');
  const hello = sampleHello();
  return {
    clock,
    socket,
    told,
    unreadSince: () => unreadSince(),
    greet: () => socket.send(JSON.stringify({ type: 'hello', payload: hello })),
    beat: (seq: number) =>
      socket.send(JSON.stringify({ type: 'heartbeat', payload: { seq, report: hello.report, metrics: METRICS } })),
    turn() {
      const due = deferred;
      deferred = [];
      for (const run of due) run();
    },
    async close() {
      socket.terminate();
      await gateway.close();
      server.close();
    },
  };
}

test('a ping is answered while earlier frames of its host wait to be handled', async () => {
  const { socket, told, greet, beat, unreadSince, clock, turn, close } = await startWorld();
  try {
    greet();
    for (const seq of [1, 2, 3]) beat(seq);
    const ponged = once(socket, 'pong');
    socket.ping();
    await ponged;
    assert.equal(told, ['hello', 'heartbeat 1']);
    assert.is(unreadSince(), clock.monotonic(), 'its words may hold what a deadline waits for');
    turn();
    assert.equal(told, ['hello', 'heartbeat 1', 'heartbeat 2', 'heartbeat 3']);
    assert.is(unreadSince(), null);
  } finally {
    await close();
  }
});

test('a connection whose frames wait to be handled is not silent', async () => {
  const { socket, told, greet, beat, clock, turn, close } = await startWorld();
  try {
    greet();
    for (const seq of [1, 2]) beat(seq);
    socket.ping();
    await once(socket, 'pong');
    assert.is(told.length, 2);
    clock.advance(35_000);
    turn();
    assert.is(told.length, 3);
    socket.ping();
    await Promise.race([once(socket, 'pong'), once(socket, 'close').then(() => assert.unreachable('it was ended'))]);
  } finally {
    await close();
  }
});

test('the end of a connection is handled after the frames that wait', async () => {
  const { socket, told, greet, beat, turn, close } = await startWorld();
  try {
    greet();
    for (const seq of [1, 2]) beat(seq);
    socket.close();
    await once(socket, 'close');
    assert.equal(told, ['hello', 'heartbeat 1']);
    await waitFor('the end of the connection', () => {
      turn();
      return told.includes('closed');
    });
    assert.equal(told, ['hello', 'heartbeat 1', 'heartbeat 2', 'closed']);
  } finally {
    await close();
  }
});

test('a hello that waited is dropped if its connection has ended meanwhile', async () => {
  const { socket, told, greet, beat, turn, close } = await startWorld();
  try {
    greet();
    for (const seq of [1, 2]) beat(seq);
    greet();
    socket.close();
    await once(socket, 'close');
    await waitFor('the end of the connection', () => {
      turn();
      return told.includes('closed');
    });
    assert.equal(told, ['hello', 'heartbeat 1', 'heartbeat 2', 'closed']);
  } finally {
    await close();
  }
});

test.run();
