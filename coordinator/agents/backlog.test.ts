import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createBacklog, type Waiting } from './backlog.ts';

type One = Waiting & { name: string };

/** Frames that take 40 ms each to handle, and an event loop that takes one turn at a time. */
function createWorld() {
  const clock = createFakeClock();
  const told: string[] = [];
  let deferred: (() => void)[] = [];
  const backlog = createBacklog<One>({
    clock,
    defer: (run) => void deferred.push(run),
    hosts: () => 10_000,
    handle(_one, frame) {
      told.push(frame.toString('utf8', 0, 20).trimEnd());
      clock.stall(40);
    },
    ended: ({ name }) => told.push(`end of ${name}`),
    pause: ({ name }) => told.push(`pause ${name}`),
    drained: ({ name }) => told.push(`${name} drained`),
  });
  return {
    clock,
    told,
    backlog,
    connection: (name: string): One => ({ name, waiting: 0 }),
    say(one: One, word: string, bytes = 20) {
      const frame = Buffer.allocUnsafe(bytes);
      frame.write(word.padEnd(20));
      backlog.add(one, frame, false);
    },
    turn() {
      const due = deferred;
      deferred = [];
      for (const run of due) run();
    },
    taken: () => told.splice(0),
  };
}

test('frames that take long are handled in later turns, in the order in which they came', () => {
  const { connection, say, turn, taken } = createWorld();
  const [web1, web2] = [connection('web1'), connection('web2')];
  for (const n of [1, 2, 3]) for (const one of [web1, web2]) say(one, `${one.name} ${n}`);
  assert.equal(taken(), ['web1 1', 'web2 1', 'web1 2']);
  assert.equal([web1.waiting, web2.waiting], [1, 2]);
  turn();
  assert.equal(taken(), ['web2 2', 'web1 3', 'web1 drained', 'web2 3', 'web2 drained']);
});

test('a frame that comes while others wait is handled after them', () => {
  const { connection, say, turn, taken } = createWorld();
  const web1 = connection('web1');
  for (const n of [1, 2, 3, 4, 5, 6, 7]) say(web1, `${n}`);
  turn();
  say(web1, '8');
  assert.equal(taken(), ['1', '2', '3', '4', '5', '6']);
  turn();
  assert.equal(taken(), ['7', '8', 'web1 drained']);
  turn();
  say(web1, '9');
  assert.equal(taken(), ['9'], 'at once again');
});

test('the words of a host count as unread from the moment at which the oldest waiting frame came', () => {
  const { clock, backlog, connection, say, turn } = createWorld();
  const [web1, web2] = [connection('web1'), connection('web2')];
  for (const n of [1, 2, 3]) say(web1, `${n}`);
  const cameAt = clock.monotonic();
  say(web1, '4');
  clock.stall(500);
  assert.is(backlog.since(web1), cameAt);
  assert.is(backlog.since(web2), null);
  turn();
  assert.is(backlog.since(web1), null);
});

test('connections whose frames wait are read no further while 64 MiB wait, and 4 KiB for each host', () => {
  const { backlog, connection, say, turn, taken } = createWorld();
  const [web1, web2] = [connection('web1'), connection('web2')];
  for (const n of [1, 2, 3]) say(web1, `${n}`);
  say(web1, 'long', 100 * 1024 * 1024);
  assert.equal([taken(), backlog.isFull()], [['1', '2', '3'], false]);
  say(web2, 'longer', 4 * 1024 * 1024);
  assert.equal([taken(), backlog.isFull()], [['pause web2'], true]);
  turn();
  assert.equal([taken(), backlog.isFull()], [['long', 'web1 drained', 'longer', 'web2 drained'], false]);
});

test('at a close the frames that wait are dropped, and the ends of connections are handled', () => {
  const { backlog, connection, say, turn, taken } = createWorld();
  const [web1, web2] = [connection('web1'), connection('web2')];
  for (const n of [1, 2, 3, 4]) say(web1, `${n}`);
  backlog.end(web1);
  assert.equal(taken(), ['1', '2', '3']);
  backlog.close();
  say(web2, '5');
  backlog.end(web2);
  turn();
  assert.equal(taken(), ['end of web1', 'end of web2']);
});

test.run();
