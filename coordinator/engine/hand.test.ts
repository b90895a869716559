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
  const hand = createHand({ getAll: async () => answers.splice(0, 1), inMemory: () => null });
  const read = hand.with([id], () => hand.get(id));
  hand.left(id);
  assert.equal(await read, later);
  assert.is(hand.get(id), undefined, 'only for what runs then');
});

test('later work keeps the records at hand that were there when it was made', () => {
  const hand = createHand({ getAll: () => [ENDED], inMemory: () => null });
  const kept: (() => void)[] = [];
  const found: (CommandRecord | null | undefined)[] = [];
  const done = hand.with([id, 'nowhere'], () =>
    kept.push(hand.keep(() => found.push(hand.get(id), hand.get('nowhere')))),
  );
  assert.is(done, 1, 'at once where the store answers at once');
  for (const run of kept) run();
  assert.equal(found, [ENDED, null]);
});

test('a record that leaves memory while another is read is read too', async () => {
  let memory: CommandRecord | null = ENDED;
  const asked: (readonly string[])[] = [];
  const hand = createHand({
    getAll: async (ids) => {
      asked.push(ids);
      return ids.includes(id) ? [ENDED] : [];
    },
    inMemory: (one) => (one === id ? memory : null),
  });
  const read = hand.with([id, 'nowhere'], () => [hand.get(id), hand.get('nowhere')]);
  memory = null;
  hand.left(id);
  assert.equal(await read, [ENDED, null]);
  assert.equal(asked, [['nowhere'], [id, 'nowhere']]);
});

test.run();
