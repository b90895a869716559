import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LookEvent } from './event.ts';
import type { RolloutRecord } from './record.ts';
import { leftAfter, observedAt } from './soak.ts';

const soaking = { soak: { leftMs: 1_000, observedUntil: 100 } } as RolloutRecord;
const look = (at: number, kind: 'holds' | 'broken', more: Partial<LookEvent> = {}): LookEvent =>
  ({ at, gate: { kind }, observedSince: 0, observedUntil: at, ...more }) as never;

const cases: [title: string, event: LookEvent, leftMs: number][] = [
  ['time with a holding gate counts', look(500, 'holds'), 600],
  ['time with another gate does not', look(500, 'broken'), 1_000],
  ['time before this process observed does not', look(500, 'holds', { observedSince: 400 }), 900],
  ['time after the last observation does not', look(500, 'holds', { observedUntil: 200 }), 900],
  ['it does not fall below nothing', look(5_000, 'holds'), 0],
];

for (const [title, event, leftMs] of cases)
  test(`a soak: ${title}`, () => assert.is(leftAfter(soaking, event), leftMs));

test('after a look without a holding gate only later time counts', () => {
  assert.is(observedAt(soaking, look(500, 'broken')), 500);
  assert.is(observedAt(soaking, look(500, 'holds', { observedUntil: 50 })), 100);
});

test.run();
