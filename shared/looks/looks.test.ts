import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Command, STATUSES } from '../model/command.ts';
import { commandLook, STATUS_LOOKS } from './looks.ts';

test('each status has its own word, each shape one colour, and only SUCCESS is ok', () => {
  assert.is(new Set(Object.values(STATUS_LOOKS).map(({ word }) => word)).size, STATUSES.length);
  const tones = new Map<string, string>();
  for (const { shape, tone } of Object.values(STATUS_LOOKS)) {
    assert.is(tones.get(shape) ?? tone, tone, shape);
    tones.set(shape, tone);
  }
  assert.equal(
    STATUSES.filter((status) => STATUS_LOOKS[status].tone === 'ok'),
    ['SUCCESS'],
  );
});

test("an active command's timeout status comes before its status; an ended one's does not", () => {
  const word = (known: Partial<Command>) =>
    commandLook({ op: 'switch', timeoutStatus: 'NORMAL', kill: null, code: null, status: 'PENDING', ...known }).word;
  assert.is(word({ status: 'EXECUTING', timeoutStatus: 'TIMED_OUT' }), 'Timed out');
  assert.is(word({ status: 'SUCCESS', timeoutStatus: 'TIMED_OUT' }), 'Success');
  assert.is(word({ status: 'EXECUTING', kill: { stage: 'failed' } as Command['kill'] }), 'Kill failed');
});

test.run();
