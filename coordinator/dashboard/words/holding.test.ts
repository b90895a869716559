import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Arrival } from '../../../shared/model/output-arrival.ts';
import { holdingWords, notFoundWords } from './holding.ts';

const holding = (bytes: number, arrival: Arrival) => ({ bytes, total: 50_000_000, arrival });

test('the words say how much is held of how much, and what happens to the rest', () => {
  assert.is(holdingWords(holding(27_000_000, 'arriving'), 'web1'), '27.0 of 50.0 MB, still arriving');
  assert.is(holdingWords(holding(900, 'away'), 'web1'), '900 B of 50.0 MB, web1 is offline');
  assert.is(holdingWords(holding(0, 'lost'), 'web1'), '0 B of 50.0 MB, no longer on web1');
  for (const arrival of ['growing', 'whole', 'cut'] as const)
    assert.is(holdingWords(holding(27_000_000, arrival), 'web1'), '27.0 MB');
});

test('a search without a match says how much it has read', () => {
  const words = (arrival: Arrival) => notFoundWords('error', holding(27_000_000, arrival), 'web1');
  assert.is(words('arriving'), '“error” does not stand in the first 27.0 of 50.0 MB; the rest: still arriving');
  assert.is(words('growing'), '“error” does not stand in the output so far, 27.0 MB');
  assert.is(words('cut'), '“error” does not stand in what was kept of the output');
  assert.is(words('whole'), '“error” does not stand in the output');
});

test.run();
