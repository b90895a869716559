import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { createAlarm } from './alarm.ts';

/** An alarm whose rings take `workMs`; those for a person are shorter if `urgentMs` says so. */
function scene(workMs: number, urgentMs = workMs) {
  const clock = createFakeClock();
  const rung: string[] = [];
  const alarm = createAlarm({
    clock,
    onDue(id) {
      rung.push(id);
      clock.stall(id === 'urgent' ? urgentMs : workMs);
    },
    onGap: () => {},
  });
  return { clock, rung, alarm };
}

test('rings take at most a twentieth of the time', () => {
  const { clock, rung, alarm } = scene(100);
  alarm.soon('a', 0);
  clock.advance(100);
  alarm.soon('a', 0);
  clock.advance(1_999);
  assert.equal(rung, ['a']);
  clock.advance(1);
  assert.equal(rung, ['a', 'a']);
});

test('a ring for a person waits for no rest, and others still do', () => {
  const { clock, rung, alarm } = scene(100);
  alarm.soon('a', 0);
  clock.advance(100);
  alarm.soon('a', 0);
  alarm.now('b');
  clock.advance(100);
  assert.equal(rung, ['a', 'b']);
  clock.advance(5_000);
  assert.equal(rung, ['a', 'b', 'a']);
});

test('a short ring for a person does not shorten the rest of others', () => {
  const { clock, rung, alarm } = scene(100, 1);
  alarm.soon('a', 0);
  clock.advance(100);
  alarm.soon('a', 0);
  alarm.now('urgent');
  clock.advance(1_900);
  assert.equal(rung, ['a', 'urgent']);
  clock.advance(100);
  assert.equal(rung, ['a', 'urgent', 'a']);
});

test('a forgotten id does not ring', () => {
  const { clock, rung, alarm } = scene(0);
  alarm.now('a');
  alarm.soon('b', 10);
  alarm.forget('a');
  alarm.forget('b');
  clock.advance(1_000);
  assert.equal(rung, []);
});

test.run();
