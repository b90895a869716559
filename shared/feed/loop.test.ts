import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../time/fake-clock.ts';
import type { FeedFrame } from './frames.ts';
import { type FeedEars, type FeedEvents, keepFeed, OPENING_MS, STALL_MS } from './loop.ts';

const EPOCH = '00000000-0000-4000-8000-00000000000e';
const target = (commit: string) => ({
  commit,
  lockHash: null,
  branch: null,
  source: null,
  checkedAt: null,
  error: null,
});
const init = (version: number): FeedFrame => ({
  type: 'init',
  epoch: EPOCH,
  version,
  serverTime: 0,
  state: { hosts: [], commands: [], events: [], attention: [], target: target('a'), rollouts: [] },
});
const delta = (version: number): FeedFrame => ({
  type: 'delta',
  version,
  changes: [{ type: 'target', target: target('b') }],
});

/** A feed on connections that the test controls: all connections so far, and what was reported. */
function scene(more: Partial<FeedEvents> = {}) {
  const clock = createFakeClock();
  const wires: { query: string; ears: FeedEars; sent: unknown[]; isOpen: boolean }[] = [];
  const told: string[] = [];
  const loop = keepFeed({
    clock,
    connect(query, ears) {
      const wire = { query, ears, sent: [] as unknown[], isOpen: true };
      wires.push(wire);
      return {
        send: (text) => wire.sent.push(JSON.parse(text)),
        close() {
          wire.isOpen = false;
        },
      };
    },
    events: {
      opened: () => told.push('opened'),
      model: ({ link }) => told.at(-1) !== link && told.push(link),
      frame: (_frame, news) => told.push(news),
      lost: ({ reason }, failures) => told.push(`${reason} (${failures})`),
      ...more,
    },
  });
  const last = () => {
    const wire = wires.at(-1);
    if (!wire) throw new Error('no connection');
    return wire;
  };
  const say = (frame: FeedFrame, wire = last()) => wire.ears.message(JSON.stringify(frame));
  const live = () => {
    last().ears.opened();
    say(init(7));
  };
  return { clock, wires, told, loop, last, say, live };
}

const cut = { reason: 'cut', isRefused: false };

test('a break is reported once, and the missed changes mend it', () => {
  const { clock, wires, told, last, say, live, loop } = scene();
  live();
  last().ears.ended(cut);
  last().ears.ended(cut);
  clock.advance(500);
  assert.equal(
    wires.map(({ query, isOpen }) => [query, isOpen]),
    [
      ['', false],
      [`?epoch=${EPOCH}&version=7`, true],
    ],
  );
  last().ears.opened();
  say(delta(8));
  assert.equal(told, ['opened', 'live', 'whole', 'lost', 'cut (0)', 'opened', 'live', 'changes']);
  assert.is(loop.model().state?.target.commit, 'b');
});

test('the waits between tries double up to 10 s, and start over at a frame, not at an opening', () => {
  const { clock, wires, last, live } = scene();
  const waits = (count: number) =>
    Array.from({ length: count }, () => {
      last().ears.opened();
      last().ears.ended(cut);
      const before = clock.monotonic();
      for (const known = wires.length; wires.length === known && clock.pending() > 0; ) clock.advance(100);
      return clock.monotonic() - before;
    });
  assert.equal(waits(7), [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  live();
  assert.equal(waits(2), [500, 1_000]);
});

test('a connection that does not open, or goes silent, is abandoned', () => {
  const { clock, wires, told, live, say } = scene();
  clock.advance(OPENING_MS - 1);
  assert.equal(told, []);
  clock.advance(1);
  assert.equal(told, ['lost', 'nothing came from it for 10 s (0)']);
  assert.not(wires[0]?.isOpen);
  clock.advance(500);
  live();
  clock.advance(STALL_MS - 1);
  say({ type: 'sync', version: 7, serverTime: 0 });
  clock.advance(STALL_MS - 1);
  assert.is(told.at(-1), 'none');
  clock.advance(1);
  assert.is(told.at(-1), 'nothing came from it for 43 s (0)');
});

test('a connection that opens and stays silent is abandoned too', () => {
  const { clock, told, last } = scene();
  last().ears.opened();
  clock.advance(STALL_MS);
  assert.is(told.at(-1), 'nothing came from it for 43 s (0)');
});

test('an abandoned connection is not listened to', () => {
  const { clock, wires, told, live, say } = scene();
  live();
  clock.advance(STALL_MS + 500);
  const before = [...told];
  say(delta(8), wires[0]);
  wires[0]?.ears.opened();
  wires[0]?.ears.ended(cut);
  assert.equal(told, before);
  assert.is(wires.length, 2);
});

test('after a gap the whole state is asked for', () => {
  const { last, live, say } = scene();
  live();
  say(delta(9));
  say(delta(10));
  assert.equal(last().sent, [{ type: 'get_state' }]);
});

test('anything but a frame ends the connection', () => {
  for (const text of ['<html>', '7', 'null', '{}']) {
    const { told, last, live } = scene();
    live();
    last().ears.message(text);
    assert.is(told.at(-1), 'it sent something that is not a frame (0)');
  }
});

test('once closed it arms no timer and hears nothing, even if a loss closes it', () => {
  const { loop, clock, wires, told, live, say } = scene();
  live();
  loop.close();
  say(delta(8), wires[0]);
  assert.equal([clock.pending(), wires[0]?.isOpen, told.at(-1)], [0, false, 'whole']);

  const other = scene({ lost: () => other.loop.close() });
  other.last().ears.ended({ reason: 'refused', isRefused: true });
  other.clock.advance(60_000);
  assert.equal([other.clock.pending(), other.wires.length], [0, 1]);
});

test.run();
