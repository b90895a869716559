import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { unknownOps } from './unknown-ops.ts';

test('thresholds of an op that nobody knows are told, with the op that may be meant', () => {
  const given = { swich: {}, switch: {}, backup: {}, bakup: {} };
  const [swich, backup, bakup, ...more] = unknownOps(given, null);
  assert.match(String(swich), /^\[ops\.swich\]: .*OPS_FILE; did you mean switch\?$/);
  assert.match(String(backup), /^\[ops\.backup\]: .*; the table has pull, switch, /);
  assert.match(String(bakup), /^\[ops\.bakup\]/);
  assert.equal(more, []);
  assert.equal(unknownOps(given, ['backup']), [
    '[ops.swich]: swich is known to no host and no table; did you mean switch?',
    '[ops.bakup]: bakup is known to no host and no table; did you mean backup?',
  ]);
});

test.run();
