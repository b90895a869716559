import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { pino } from 'pino';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { OUTPUT_HEADER_BYTES } from '../../shared/wire/codec.ts';
import { CLOSE, MAX_FRAME_BYTES } from '../../shared/wire/protocol.ts';
import { createSessions } from '../engine/sessions.ts';
import { sampleHello } from '../fixtures/fake-agent.ts';
import { createGateway } from './gateway.ts';
import type { Intake } from './intake.ts';

const METRICS = { cpuPercent: 1, memoryPercent: 2, swapPercent: 0, load1: 0.5, diskPercent: 3 };

/** One host's agent at a gateway whose frames each take 60 ms. Frames that wait go on only at `turn`. */
async function startWorld() {
  const clock = createFakeClock();
  const told: string[] = [];
  let deferred: (() => void)[] = [];
  const sessions = createSessions();
  /** What heartbeat 9 waits for. */
  const records = Promise.withResolvers<void>();
  let closesAt: number | null = null;
  const slowly = (word: string): void => {
    told.push(word);
    clock.stall(60);
  };
  const intake: Intake = {
    hello(session) {
      sessions.open(session);
      slowly('hello');
    },
    repeat: () => false,
    frame(session, frame) {
      if (frame.type === 'heartbeat' && frame.payload.seq === closesAt)
        session.close(CLOSE.tryLater, 'the store cannot be written');
      if (frame.type === 'heartbeat' && frame.payload.seq === 9) return records.promise.then(() => true);
      slowly(frame.type === 'heartbeat' ? `heartbeat ${frame.payload.seq}` : frame.type);
      return true;
    },
    output() {
      told.push('output');
      return true;
    },
    cut: () => {},
    slowed: () => {},
    closed: () => void told.push('closed'),
    traffic: { heartbeats: 0, outputBytes: 0 },
  };
  const gateway = createGateway({
    clock,
    log: pino({ level: 'silent' }),
    intake,
    sessions,
    defer: (run) => void deferred.push(run),
  });
  const server = createServer();
  const streams: Duplex[] = [];
  server.on('upgrade', (request, stream, head) => {
    streams.push(stream);
    gateway.accept(request, stream, head, request.url?.slice(1) ?? '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = async (hostId: string): Promise<WebSocket> => {
    const opened = new WebSocket(`ws://127.0.0.1:${port}/${hostId}`);
    await once(opened, 'open');
    return opened;
  };
  const socket = await open('web1');
  const sockets = [socket];
  const hello = sampleHello();
  return {
    clock,
    socket,
    told,
    unreadSince: (hostId = 'web1') => sessions.unreadSince(hostId),
    async connect(hostId: string) {
      const opened = await open(hostId);
      sockets.push(opened);
      return opened;
    },
    readRecords: () => records.resolve(),
    isPaused: () => streams[0]?.isPaused(),
    closeAtBeat(seq: number) {
      closesAt = seq;
    },
    greet: (from = socket) => from.send(JSON.stringify({ type: 'hello', payload: hello })),
    beat: (seq: number) =>
      socket.send(JSON.stringify({ type: 'heartbeat', payload: { seq, report: hello.report, metrics: METRICS } })),
    turn() {
      const due = deferred;
      deferred = [];
      for (const run of due) run();
    },
    async close() {
      for (const one of sockets) one.terminate();
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

test('the words of a host count as unread while its hello waits', async () => {
  const { greet, beat, connect, unreadSince, clock, turn, socket, close } = await startWorld();
  try {
    const other = await connect('web2');
    greet();
    beat(1);
    socket.ping();
    await once(socket, 'pong');
    greet(other);
    other.ping();
    await once(other, 'pong');
    assert.is(unreadSince('web2'), clock.monotonic(), 'a deadline of its commands waits');
    turn();
    assert.is(unreadSince('web2'), null);
  } finally {
    await close();
  }
});

test('frames that wait are dropped once their connection was closed from this side', async () => {
  const { greet, beat, told, turn, closeAtBeat, socket, close } = await startWorld();
  try {
    closeAtBeat(2);
    greet();
    for (const seq of [1, 2, 3]) beat(seq);
    socket.ping();
    await once(socket, 'pong');
    turn();
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

test('the words of a host count as unread since a frame came that waits for its records', async () => {
  const { greet, beat, told, turn, readRecords, unreadSince, clock, socket, close } = await startWorld();
  try {
    greet();
    for (const seq of [1, 9, 2]) beat(seq);
    socket.ping();
    await once(socket, 'pong');
    const cameAt = clock.monotonic();
    clock.stall(500);
    turn();
    assert.is(unreadSince(), cameAt);
    readRecords();
    await waitFor('the frame behind it', () => told.includes('heartbeat 2'));
    assert.is(unreadSince(), null);
  } finally {
    await close();
  }
});

test('a host that was read no further because much waited has all been read once it answers a ping', async () => {
  const { greet, beat, told, turn, unreadSince, isPaused, clock, socket, close } = await startWorld();
  try {
    greet();
    beat(1);
    const pieces = 70;
    for (let piece = 0; piece < pieces; piece += 1) {
      const frame = Buffer.alloc(MAX_FRAME_BYTES);
      frame.writeBigUInt64BE(BigInt(piece * (MAX_FRAME_BYTES - OUTPUT_HEADER_BYTES)), 16);
      socket.send(frame);
    }
    await waitFor('the pause', isPaused);
    await waitFor('all output', () => {
      turn();
      return told.filter((word) => word === 'output').length === pieces;
    });
    assert.is(unreadSince(), clock.monotonic(), 'more may lie in the socket');
    await waitFor('the answer to the ping', () => {
      clock.advance(1_000);
      return unreadSince() === null;
    });
  } finally {
    await close();
  }
});

test.run();
