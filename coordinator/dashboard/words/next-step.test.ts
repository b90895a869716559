import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Host } from '../../../shared/model/host.ts';
import { nextStep } from './next-step.ts';

const host = (status: string, ...ops: string[]) =>
  ({ ops: ops.map((id) => ({ id, completion: 'exit' })), compartments: { system: { status } } }) as unknown as Host;

test('a compartment offers the op that helps it', () => {
  assert.is(nextStep(host('outdated', 'pull', 'switch'), 'system'), 'switch');
  assert.is(nextStep(host('unknown', 'refresh-system'), 'system'), 'refresh-system');
  assert.is(nextStep(host('ok', 'switch'), 'system'), null);
});

test('an op that the host lacks is not offered', () => {
  assert.is(nextStep(host('unknown', 'pull', 'check-version'), 'system'), null);
});

test.run();
