import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommandRecord } from '../lifecycle/record.ts';
import { sampleRecord } from '../store/fixtures/records.ts';
import { createHand } from './hand.ts';

const ENDED = sampleRecord({ status: 'LOST' });
const { id } = ENDED.command;

test('a record that left memory while it was read is read again: the answer may be older', async () => {
  const later = sampleRecord({ status: 'LOST', message: 'a late result' });
  const answers = [ENDED, later];
  const hand = createHand({ getAll: async () => answers.splice(0, 1) });
  const read = hand.with([id], () => hand.get(id));
  hand.left(id);
  assert.equal(await read, later);
  assert.is(hand.get(id), undefined, 'only for what runs then');
});

test('what runs later has at hand what was when it was made', () => {
  const hand = createHand({ getAll: () => [ENDED] });
  const kept: (() => void)[] = [];
  const found: (CommandRecord | null | undefined)[] = [];
  const done = hand.with([id, 'nowhere'], () =>
    kept.push(hand.keep(() => found.push(hand.get(id), hand.get('nowhere')))),
  );
  assert.is(done, 1, 'at once where the store answers at once');
  for (const run of kept) run();
  assert.equal(found, [ENDED, null]);
});

test.run();
