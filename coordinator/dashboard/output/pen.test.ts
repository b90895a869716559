import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { segmentsOf } from './ansi.ts';
import type { Line } from './output-lines.ts';
import { CARRIED_LINES } from './pen.ts';
import { linesShown } from './shown-lines.ts';

const linesFrom = (texts: readonly string[]) => (number: number) => {
  const text = texts[number - 1];
  return text === undefined ? undefined : { number, offset: 0, text, isCut: text.startsWith('cut') };
};

/** How each line looks where only these are drawn: the look of its last stretch. */
const looks = (lineOf: (number: number) => Line | undefined, first: number, last: number) =>
  linesShown(lineOf, { first, last }).map(({ text }) => segmentsOf(text).at(-1)?.look ?? '');

test('a colour continues in the next lines until it is closed', () => {
  const lineOf = linesFrom(['\x1b[1;31merror:', 'more of it', 'the last\x1b[22m', 'only red', '\x1b[39mplain', 'x']);
  assert.equal(looks(lineOf, 1, 7), [
    'ansi-red ansi-bold',
    'ansi-red ansi-bold',
    'ansi-red ansi-bold',
    'ansi-red',
    '',
    '',
  ]);
});

test('a colour replaces the one before it, and a reset, even without a number, ends all', () => {
  const lineOf = linesFrom(['\x1b[31ma\x1b[38;2;10;200;20mb', 'green', '\x1b[38;5;196mc', 'red', 'd\x1b[m', 'plain']);
  assert.equal(looks(lineOf, 1, 7), ['ansi-green', 'ansi-green', 'ansi-red', 'ansi-red', 'ansi-red', '']);
});

test('the numbers of an extended colour are not codes themselves', () => {
  assert.equal(looks(linesFrom(['\x1b[38;5;1mx', 'red', '\x1b[48;2;0;0;0my', 'still red']), 1, 5), [
    'ansi-red',
    'ansi-red',
    'ansi-red ansi-inverse',
    'ansi-red ansi-inverse',
  ]);
});

test('a colour that is never closed ends after a limit', () => {
  const lineOf = linesFrom(['\x1b[31mred', ...Array.from({ length: 300 }, (_, n) => `line ${n + 2}`)]);
  assert.equal(looks(lineOf, CARRIED_LINES + 1, CARRIED_LINES + 3), ['ansi-red', '']);
});

test('a line looks the same wherever the reading began', () => {
  const codes = ['\x1b[31m', '\x1b[1m', '\x1b[32m', '\x1b[0m', '\x1b[22m', '\x1b[4m', '\x1b[39m'];
  const lineOf = linesFrom(Array.from({ length: 900 }, (_, n) => `${n % 37 === 0 ? codes[(n / 37) % 7] : ''}l${n}`));
  const whole = linesShown(lineOf, { first: 1, last: 901 });
  for (const first of [2, 50, 137, 400, 860]) {
    const part = linesShown(lineOf, { first, last: first + 40 });
    assert.equal(part, whole.slice(first - 1, first + 39));
  }
});

test('after an incomplete line nothing counts as open', () => {
  assert.equal(looks(linesFrom(['\x1b[31mred', 'cut', 'plain']), 1, 4), ['ansi-red', 'ansi-red', '']);
});

test('an open colour stays open across an overwritten line', () => {
  assert.equal(looks(linesFrom(['10 %\x1b[32m\r100 %', 'done']), 1, 3), ['ansi-green', 'ansi-green']);
});

test('an unchanged line is not drawn again', () => {
  const texts = ['a', '\x1b[31mb', 'c', 'd'];
  const before = linesShown(linesFrom(texts), { first: 1, last: 5 });
  const after = linesShown(linesFrom(texts.with(1, 'b')), { first: 1, last: 5 }, before);
  assert.equal(
    after.map((line, at) => line === before[at]),
    [true, false, false, false],
  );
});

test.run();
