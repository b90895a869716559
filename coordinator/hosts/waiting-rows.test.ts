import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import type { StoredWaitingHost } from '../store/records.ts';
import type { Write } from '../store/write.ts';
import { createWaitingRows } from './waiting-rows.ts';

const HOUR = 3_600_000;

const row = (id: string, stateId: string) => ({ id, stateId, secretHash: 's', since: 0 }) as StoredWaitingHost;

function setUp(stored: readonly StoredWaitingHost[]) {
  const clock = createFakeClock();
  const undos: (() => void)[] = [];
  const written: string[] = [];
  const ledger = {
    also(write: Write, undo = () => {}) {
      written.push(write.type);
      undos.push(undo);
    },
    afterCommit() {},
    commit: async () => {},
  };
  const rows = createWaitingRows({ clock, log: console as never, ledger, stored, onChange() {} });
  const fail = () => {
    for (const undo of undos.reverse()) undo();
  };
  return { clock, rows, written, fail };
}

test('a host that has not asked for a day is deleted, and one that asks stays', () => {
  const { clock, rows, written } = setUp([row('1', 'a'), row('2', 'b')]);
  for (let hour = 0; hour < 26; hour += 1) {
    rows.asked('2');
    clock.advance(HOUR);
  }
  assert.equal(
    rows.all().map(({ id }) => id),
    ['2'],
  );
  assert.equal(written, ['host_waits_no_more']);
  rows.close();
});

test('a failed turn brings back what it dropped, with the time of its last request', () => {
  const { clock, rows, fail } = setUp([row('1', 'a')]);
  clock.advance(HOUR);
  rows.asked('1');
  const at = clock.now();
  rows.drop(rows.all());
  assert.is(rows.find('a', 's'), null);
  fail();
  const back = rows.find('a', 's');
  assert.is(back?.id, '1');
  assert.is(back && rows.askedAt(back), at);
  rows.close();
});

test.run();
