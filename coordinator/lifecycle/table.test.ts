import { isDeepStrictEqual } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { watch } from './fixtures/invariants.ts';
import { complete, type Sample, summary } from './fixtures/samples.ts';
import { DECISION_SAMPLES } from './fixtures/samples-decision.ts';
import { DELIVERY_SAMPLES } from './fixtures/samples-delivery.ts';
import { EXIT_SAMPLES } from './fixtures/samples-exit.ts';
import { GUARD_SAMPLES } from './fixtures/samples-guard.ts';
import { PUT_BACK_SAMPLES } from './fixtures/samples-put-back.ts';
import { eventOf, outcome, play, SECOND } from './fixtures/scenario.ts';
import { reduce } from './reduce.ts';
import type { Row } from './row.ts';
import { TRANSITIONS } from './table.ts';

const SAMPLES = [...DELIVERY_SAMPLES, ...EXIT_SAMPLES, ...DECISION_SAMPLES, ...GUARD_SAMPLES, ...PUT_BACK_SAMPLES];

/** The last event of a sample, decided by `rows`, and the deciding row. */
function decide({ start, before, event, expected }: Sample, rows: readonly Row[]) {
  const { record, at } = play(start, before);
  const fired: string[] = [];
  const watched = watch(rows, ({ name }) => fired.push(name));
  const step = reduce(record, eventOf(event, record, at + SECOND), watched);
  return { fired, step, actual: summary(record, step, expected), wanted: complete(expected, record), record };
}

const titles = new Map<string, number>();
for (const sample of SAMPLES) {
  const { row, before, expected } = sample;
  const from = outcome(play(sample.start, before).command);
  const title = `${row}: ${from} becomes ${expected.becomes}`;
  titles.set(title, (titles.get(title) ?? 0) + 1);
  const nth = titles.get(title) === 1 ? '' : ` (${titles.get(title)})`;

  test(title + nth, () => {
    const { fired, actual, wanted } = decide(sample, TRANSITIONS);
    assert.is(fired[0], row, 'another row decided');
    assert.equal(actual, wanted);
  });
}

for (const row of TRANSITIONS)
  test(`the table is not the same without the row "${row.name}"`, () => {
    const rest = TRANSITIONS.filter((other) => other !== row);
    const noticed = SAMPLES.filter((sample) => {
      const { actual, wanted } = decide(sample, rest);
      return sample.row === row.name && !isDeepStrictEqual(actual, wanted);
    });
    assert.ok(noticed.length > 0, 'no sample needs it');
  });

test('each row has its own name', () => {
  const names = TRANSITIONS.map(({ name }) => name);
  assert.is(new Set(names).size, names.length);
});

test('each sample belongs to an existing row', () => {
  const names = new Set(TRANSITIONS.map(({ name }) => name));
  assert.equal(
    SAMPLES.map(({ row }) => row).filter((name) => !names.has(name)),
    [],
  );
});

test.run();
