import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Event } from './event.ts';
import { timeoutAnswerIn } from './timeout-answer.ts';

const told = (...words: string[]) =>
  timeoutAnswerIn(
    words.map((word, id) => {
      const [actor = '', code = ''] = word.split(' ');
      return { id, actor, code, category: actor === 'system' ? 'system' : 'audit', message: word } as Event;
    }),
  )?.message;

test('the first answer after a command asked is found', () => {
  assert.is(told('ann dispatched', 'system accepted', 'system timeoutAt', 'bob kill', 'cy kill'), 'bob kill');
});

test('more time ends nothing: later events are the news', () => {
  assert.is(told('ann dispatched', 'system timeoutAt', 'bob wait', 'system exited'), undefined);
  assert.is(told('ann dispatched', 'system timeoutAt', 'bob kill', 'system exited'), 'bob kill');
});

test('neither the requester nor an earlier answer counts as the answer', () => {
  assert.is(told('ann dispatched', 'system timeoutAt', 'system exited'), undefined);
  assert.is(told('ann dispatched', 'system timeoutAt', 'bob wait', 'system timeoutAt', 'system exited'), undefined);
  assert.is(told('ann dispatched', 'ann kill'), undefined, 'it never asked');
});

test.run();
