import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FeedFrame } from '../../shared/feed/frames.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newCommandId } from '../../shared/ids.ts';
import { systemClock } from '../../shared/time/clock.ts';
import { createLog } from '../config/log.ts';
import { createFileKeeper } from '../output/file-keeper.ts';
import { createOutputLog } from '../output/log.ts';
import { createOutputReader } from '../output/reader.ts';
import { subscribeOutput } from './output.ts';

type Output = Extract<FeedFrame, { type: 'output' }>;

const closing: (() => Promise<void>)[] = [];
test.after.each(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A real output on disk, which grows at a call of the test. */
function setUp() {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-sync-output-'));
  const log = createLog('silent');
  const keeper = createFileKeeper({ dir, log });
  const outputs = createOutputLog({ keeper, limitBytes: 2 ** 30, clock: systemClock, log });
  const reader = createOutputReader({ keeper, outputs });
  const commandId = newCommandId();
  const state = { mayGrow: true };
  let end = 0;
  closing.push(async () => {
    await outputs.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return {
    commandId,
    outputs,
    state,
    async append(bytes: Uint8Array): Promise<void> {
      const offset = end;
      end += bytes.length;
      await new Promise<void>((resolve) => {
        outputs.append(commandId, offset, bytes, (held) => {
          if (held.acked >= end) resolve();
        });
      });
    },
    subscribe(offset: number, room: () => Promise<void> = async () => {}) {
      const pieces: Output[] = [];
      const subscription = subscribeOutput(
        {
          reader,
          size: () => outputs.size(commandId),
          mayGrow: () => state.mayGrow,
          room,
          send: (frame) => pieces.push(frame as Output),
          onFailed: (error) => {
            throw error;
          },
        },
        { commandId, offset },
      );
      return { ...subscription, pieces };
    },
  };
}

const until = (isSo: () => unknown) => waitFor(String(isSo), isSo);

/** The pieces as one text; fails if one does not begin where the previous one ended. */
function joined(pieces: readonly Output[], from: number): string {
  let next = from;
  for (const piece of pieces) {
    assert.is(piece.offset, next, 'no gap, no duplicate');
    next = piece.next;
  }
  return pieces.map(({ data }) => data).join('');
}

const TEXT = 'Grüße, 世界! 🎉\n'.repeat(20_000);
const BYTES = Buffer.from(TEXT);

test('subscriptions from anywhere in a stream get the whole rest', async () => {
  const held = setUp();
  const watchers: { from: number; pieces: Output[]; wake: () => void }[] = [];
  for (let at = 0; at < BYTES.length; at += 7_001) {
    const from = Buffer.from(TEXT.slice(0, (at * 13) % TEXT.length)).length;
    watchers.push({ from, ...held.subscribe(from) });
    await held.append(BYTES.subarray(at, at + 7_001));
    for (const { wake } of watchers) wake();
  }
  for (const { from, pieces } of watchers) {
    await until(() => pieces.at(-1)?.next === BYTES.length || from === BYTES.length);
    const begins = pieces[0]?.offset ?? from;
    assert.ok(begins - from < 4);
    assert.is(joined(pieces, begins), BYTES.subarray(begins).toString());
  }
});

test('an offset inside a character begins behind that character', async () => {
  const held = setUp();
  await held.append(Buffer.from('a🎉b'));
  for (const [from, begins] of [
    [1, 1],
    [2, 5],
    [3, 5],
    [4, 5],
    [5, 5],
  ] as const) {
    const { pieces } = held.subscribe(from);
    await until(() => pieces.length > 0);
    assert.is(pieces[0]?.offset, begins);
  }
});

test('a cut character waits for its rest, and is sent as it is once nothing more can come', async () => {
  const held = setUp();
  await held.append(Buffer.from([0x61, 0xf0, 0x9f]));
  const { pieces, wake } = held.subscribe(0);
  await until(() => pieces.length === 1);
  await held.append(Buffer.from([0x8e, 0x89, 0x62, 0xe4]));
  wake();
  await until(() => pieces.length === 2);
  assert.equal(
    pieces.map(({ data }) => data),
    ['a', '🎉b'],
  );
  held.state.mayGrow = false;
  wake();
  await until(() => pieces.length === 3);
  assert.is(joined(pieces, 0), 'a🎉b\ufffd');
  assert.is(pieces[2]?.next, 7);
});

test('nothing is read for a client that has no room, nor sent after it has unsubscribed', async () => {
  const held = setUp();
  await held.append(BYTES);
  const waiting: (() => void)[] = [];
  const subscription = held.subscribe(0, () => new Promise((resolve) => waiting.push(resolve)));
  await until(() => waiting.length === 1);
  assert.is(subscription.pieces.length, 0);
  waiting.shift()?.();
  await until(() => waiting.length === 1);
  assert.is(subscription.pieces.length, 1);
  assert.ok((subscription.pieces[0]?.next ?? 0) <= 64 * 1024);
  subscription.close();
  waiting.shift()?.();
  for (let count = 0; count < 20; count += 1) await turn();
  assert.is(subscription.pieces.length, 1);
});

test.run();
