import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { unknownOps } from './unknown-ops.ts';

test('thresholds of an unknown op are reported, with the probable op', () => {
  const given = { ops: { swich: {}, switch: {}, backup: {}, bakup: {} }, access: { stepUp: [] } };
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

test('an unknown op in a step-up protects nothing, and is reported', () => {
  const access = { stepUp: ['reboot', 'rebot'] };
  assert.equal(unknownOps({ ops: {}, access }, []), [
    '[access] stepUp: rebot is known to no host and no table; did you mean reboot?',
  ]);
});

test.run();
