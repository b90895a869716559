import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { builtinOp } from '../../shared/ops/ops.ts';
import { newRecord, policyOf } from '../lifecycle/create.ts';
import { sampleCommand, sampleId } from '../lifecycle/fixtures/sample.ts';
import { createLedger } from './ledger.ts';
import { createSignals } from './signals.ts';

/** A ledger on a store that only counts, and an event loop that takes one turn at a time. */
function createWorld() {
  let deferred: (() => void)[] = [];
  const batches: number[] = [];
  const ledger = createLedger({
    store: {
      commands: { get: () => null, getAll: () => [] } as never,
      write(parts, heard) {
        batches.push(parts.length);
        heard(parts.map(() => ({ events: [] })));
      },
    },
    live: [],
    defer: (run) => void deferred.push(run),
    signals: createSignals((_, run) => {
      run();
      return true;
    }),
  });
  const op = builtinOp('pull');
  if (!op) throw new Error('no such op');
  const policy = policyOf({ op, platform: null });
  const sent: string[] = [];
  return {
    ledger,
    batches,
    sent,
    /** The event loop polls, then runs what was deferred before. */
    turn() {
      const due = deferred;
      deferred = [];
      for (const run of due) run();
    },
    /** A command for each of 6,000 hosts, in one turn, and so many frames once they are durable. */
    dispatch(frames: number) {
      for (let host = 0; host < 6_000; host += 1)
        ledger.put(newRecord(sampleCommand({ id: sampleId(host), hostId: `host-${host}` }), policy), true);
      for (let frame = 0; frame < frames; frame += 1) ledger.afterCommit(() => sent.push('run'));
    },
    /** One command and its frame. */
    dispatchOne() {
      ledger.put(newRecord(sampleCommand({ id: sampleId(0), hostId: 'host-0' }), policy), true);
      ledger.afterCommit(() => sent.push('run'));
    },
    kill() {
      ledger.inTurnOf('host-0', () => {
        ledger.history(sampleId(0), { cause: 'kill' } as never);
        ledger.afterCommit(() => sent.push('kill'));
      });
    },
  };
}

test('hosts are heard before a large batch is written, after it, and between its effects', () => {
  const { batches, sent, turn, dispatch } = createWorld();
  dispatch(120_000);
  const seen = Array.from({ length: 6 }, () => {
    turn();
    return [batches.length, sent.length];
  });
  const effects = [50_000, 100_000, 120_000].map((length) => [1, length]);
  assert.equal(seen, [[0, 0], [1, 0], ...effects, [1, 120_000]]);
});

test('a dispatch is answered once it is durable, though most of its commands are not sent yet', async () => {
  const { ledger, sent, turn, dispatch } = createWorld();
  dispatch(6_000);
  let sentThen: number | null = null;
  const answered = ledger.commit().then(() => {
    sentThen = sent.length;
  });
  turn();
  await Promise.resolve();
  assert.is(sentThen, null);
  turn();
  await answered;
  assert.is(sentThen, 0);
});

test('what waits for the effects of a large batch hears of them after the last one', async () => {
  const { ledger, sent, turn, dispatch } = createWorld();
  dispatch(120_000);
  let sentThen: number | null = null;
  const acted = ledger.acted().then(() => {
    sentThen = sent.length;
  });
  for (let turns = 0; turns < 5; turns += 1) {
    turn();
    // What waits for a promise goes on between two turns.
    await new Promise(setImmediate);
  }
  await acted;
  assert.is(sentThen, 120_000);
});

test('changes made while effects wait are written and sent after all of them', () => {
  const { batches, sent, turn, dispatch, kill } = createWorld();
  dispatch(120_000);
  for (let turns = 0; turns < 3; turns += 1) turn();
  assert.equal([batches.length, sent.length], [1, 50_000]);
  kill();
  turn();
  assert.equal([batches.length, sent.length], [1, 100_000], 'the kill waits for the runs');
  turn();
  assert.equal([batches.length, sent.length, sent.at(-1)], [2, 120_001, 'kill']);
});

test('changes made before a large batch is written become part of it', () => {
  const { batches, sent, turn, dispatch, kill } = createWorld();
  dispatch(6_000);
  turn();
  kill();
  for (let turns = 0; turns < 3; turns += 1) turn();
  assert.equal([batches.length, sent.length, sent.at(-1)], [1, 6_001, 'kill']);
});

test('a smaller batch is written and acted on at the end of its turn', () => {
  const { batches, sent, turn, dispatchOne } = createWorld();
  dispatchOne();
  turn();
  assert.equal([batches.length, sent.length], [1, 1]);
});

test.run();
