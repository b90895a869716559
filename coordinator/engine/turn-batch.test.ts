import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createTurn, type Turn } from './turn.ts';
import { claim, newTurnBatch, removeBuiltOn, type TurnBatch } from './turn-batch.ts';

let looks = 0;

/** Counts how often somebody asks it. */
class CountedSet extends Set<string> {
  override has(hostId: string): boolean {
    looks += 1;
    return super.has(hostId);
  }
}

function turnOf(batch: TurnBatch, ...hostIds: string[]): Turn {
  const turn = { ...createTurn(), hosts: new CountedSet() };
  batch.turns.push(turn);
  for (const hostId of hostIds) claim(batch, turn, hostId);
  return turn;
}

const hostsOf = (turns: Iterable<Turn>) => [...turns].map(({ hosts }) => [...hosts].join(' '));

test('turns of the same hosts are built on a turn, each on the first, and others are not', () => {
  const before = newTurnBatch();
  const [a, bc, d] = [turnOf(before, 'a'), turnOf(before, 'b', 'c'), turnOf(before, 'd')];
  const batch = newTurnBatch();
  turnOf(batch, 'x');
  turnOf(batch, 'c', 'a');
  turnOf(batch, 'b');
  const found = removeBuiltOn(batch, [a, bc, d], null);
  assert.equal(hostsOf(found.keys()), ['c a', 'b']);
  assert.equal(hostsOf(found.values()), ['a', 'b c']);
  assert.equal(hostsOf(batch.turns), ['x']);
  assert.equal([...batch.ofHost.keys()], ['x']);
});

test('the shared turn is built on the shared one before it', () => {
  const before = newTurnBatch();
  const [own, shared] = [turnOf(before, 'a'), turnOf(before)];
  const batch = newTurnBatch();
  batch.shared = turnOf(batch, 'b');
  assert.equal([...removeBuiltOn(batch, [own], shared)], []);
  assert.is(removeBuiltOn(batch, [own, shared], shared).size, 1);
  assert.equal([batch.shared, batch.turns, batch.ofHost.size], [null, [], 0]);
});

test('no turn looks at every other when a whole fleet is taken back', () => {
  const before = newTurnBatch();
  const batch = newTurnBatch();
  const hosts = Array.from({ length: 2_000 }, (_, index) => `host-${index}`);
  const failed = hosts.map((hostId) => turnOf(before, hostId));
  for (const hostId of hosts) turnOf(batch, hostId);
  looks = 0;
  assert.is(removeBuiltOn(batch, failed, null).size, hosts.length);
  assert.ok(looks <= hosts.length, `${looks} looks`);
});

test.run();
