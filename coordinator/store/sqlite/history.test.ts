import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HistoryEntry } from '../../../shared/model/command.ts';
import { sampleId } from '../../lifecycle/fixtures/sample.ts';
import { sampleRecord, withStore } from '../fixtures/records.ts';

const entry = (known: Partial<HistoryEntry>): HistoryEntry => ({
  at: 1,
  from: null,
  to: 'PENDING',
  timeoutStatus: 'NORMAL',
  cause: 'dispatched by admin',
  code: null,
  ...known,
});

test("a command's entries are read in the order of their writes, whatever their times", () =>
  withStore((store) => {
    const entries = [
      entry({ at: 9 }),
      entry({ at: 3, from: 'PENDING', to: 'EXECUTING', cause: 'accepted' }),
      entry({ at: 5, from: 'EXECUTING', to: 'ERROR', timeoutStatus: 'WARNING', code: 'exit_nonzero' }),
    ];
    store.commands.save(sampleRecord({ id: sampleId(1) }));
    for (const one of entries) store.history.append(sampleId(1), one);
    assert.equal(store.history.of(sampleId(1)), entries);
    assert.equal(store.history.of(sampleId(2)), []);
  }));

test('within a transaction history may come before its command, but not without it', () =>
  withStore((store) => {
    store.transaction(() => {
      store.history.append(sampleId(1), entry({}));
      store.commands.save(sampleRecord({ id: sampleId(1) }));
    });
    assert.throws(() => store.transaction(() => store.history.append(sampleId(2), entry({}))), /FOREIGN KEY/);
    assert.is(store.history.of(sampleId(2)).length, 0);
  }));

test('history goes with its command', () =>
  withStore((store) => {
    store.commands.save(sampleRecord({ id: sampleId(1) }));
    store.history.append(sampleId(1), entry({}));
    store.retention.deleteCommands([sampleId(1)]);
    assert.equal(store.history.of(sampleId(1)), []);
  }));

test.run();
