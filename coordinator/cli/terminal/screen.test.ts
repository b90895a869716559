import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { createScreen } from './screen.ts';

function setUp({ columns = 20, rows = 10 } = {}) {
  const clock = createFakeClock();
  const written: string[] = [];
  const screen = createScreen({ clock, write: (text) => written.push(text), columns: () => columns, rows: () => rows });
  return { clock, written, screen };
}

test('any number of draws makes one frame per 100 ms, the last one', () => {
  const { clock, written, screen } = setUp();
  for (let at = 0; at < 1000; at += 1) {
    screen.draw(() => [`frame ${at}`]);
    clock.advance(1);
  }
  assert.ok(written.length >= 9 && written.length <= 11, `${written.length} frames in a second`);
  clock.advance(100);
  assert.match(written.at(-1) ?? '', /frame 999$/);
});

test('the drawn lines are removed before permanent ones are written', () => {
  const { clock, written, screen } = setUp();
  screen.draw(() => ['one', 'two', 'three']);
  clock.advance(100);
  assert.is(written.at(-1), 'one\ntwo\nthree');
  screen.clear();
  assert.is(written.at(-1), '\r\u001b[2A\u001b[J');
  clock.advance(100);
  assert.is(written.at(-1), 'one\ntwo\nthree');
  screen.close();
  assert.is(written.at(-1), '\r\u001b[2A\u001b[J');
  assert.is(clock.pending(), 0);
});

test('lines are clipped, and those that do not fit are counted; the last line stays, because it may be a question', () => {
  const { clock, written, screen } = setUp({ columns: 11, rows: 5 });
  screen.draw(() => ['a line that is too long', 'b', 'c', 'd', 'e', 'asks?']);
  clock.advance(100);
  assert.is(written.at(-1), 'a line th…\nb\n… and 3 m…\nasks?');
});

test.run();
