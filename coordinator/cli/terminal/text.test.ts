import { PassThrough } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createHarmless } from './harmless.ts';
import { createSink } from './sink.ts';
import { styled, withColours } from './style.ts';
import { clip, listed, pad, widthOf } from './text.ts';

/** The text that a sink writes to a terminal, with colours or without. */
function sinkTo({ hasColour = true, isTTY = true } = {}) {
  const stream = Object.assign(new PassThrough(), { isTTY });
  const sink = createSink(stream as unknown as NodeJS.WriteStream, { isDumb: false, hasColour });
  return { sink, written: () => String(stream.read() ?? '') };
}

const HOSTILE = 'a\u001b]0;title\u0007b\u001b[2Jc\r\nd\u009b31me\u202egnp\u2066f\u200e\u{e0041}\u001b[31mred\u0085x';
const HARMLESS = 'abc de gnp f red x';

/** Control characters except line ends, and those that change the writing direction or hide text. */
const ACTS = /[^\P{Cc}\n]|\p{Bidi_Control}|[\u2028\u2029\u{e0000}-\u{e007f}]/u;

test("no text acts on a sink's terminal, and each stays one line", () => {
  for (const options of [{}, { hasColour: false }, { isTTY: false }]) {
    const { sink, written } = sinkTo(options);
    sink.line(HOSTILE);
    sink.begin(HOSTILE);
    const text = written();
    assert.not.match(text, ACTS);
    assert.is(text, `${HARMLESS}\n${HARMLESS}`);
  }
});

test("a sink's styles are colours where the terminal has them", () => {
  const { sink, written } = sinkTo();
  sink.line(`${sink.paint.tone('error', `\u001b[32m${HOSTILE}`)} ok`);
  assert.is(written(), `\u001b[31m${HARMLESS}\u001b[0m ok\n`);
  const plain = sinkTo({ hasColour: false });
  plain.sink.line(plain.sink.paint.tone('error', 'bad'));
  assert.is(plain.written(), 'bad\n');
});

test('JSON escapes acting characters, and parses back to the same', () => {
  const { sink, written } = sinkTo();
  const value = { op: HOSTILE, lone: '\ud800', [HOSTILE]: 1 };
  sink.json(value);
  const text = written();
  assert.not.match(text, ACTS);
  assert.equal(JSON.parse(text), value);
  assert.is(text.trimEnd().split('\n').length, 1);
});

test('widths are those of a terminal: colours none, wide characters two', () => {
  assert.is(widthOf(styled(31, 'web')), 3);
  assert.is(widthOf('世界'), 4);
  assert.is(widthOf('e\u0301'), 1);
  // An emoji, one of several people, one of two letters, a sign with a selector, half-width katakana.
  for (const [text, width] of [
    ['⌚', 2],
    ['👨‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['✓', 1],
    ['ｶ', 1],
    ['🚀', 2],
    ['a⌚b', 4],
  ] as const)
    assert.is(widthOf(text), width, text);
  assert.is(pad('世', 4), '世  ');
});

test('a clipped line has its width, says that it was cut, and ends its colours', () => {
  assert.is(clip('short', 10), 'short');
  assert.is(clip('a long line', 6), 'a lon…');
  assert.is(withColours(clip(styled(31, 'a long line'), 6)), '\u001b[31ma lon…\u001b[0m');
  assert.is(clip('a\u001b[2J long\u0007 line', 6), 'a lon…');
  assert.is(widthOf(clip('世界世界世界', 6)), 5);
  assert.is(clip('👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 5), '👨‍👩‍👧👨‍👩‍👧…');
  assert.is(clip('ab👨‍👩‍👧cd', 4), 'ab…');
  assert.is(clip('🇩🇪🇫🇷🇮🇹', 4), '🇩🇪…');
});

test('many names are named as far as one reads them', () => {
  assert.is(listed(['a', 'b']), 'a, b');
  assert.is(listed(['a', 'b', 'c'], 2), 'a, b and 1 more');
});

test('output on a terminal keeps its colours and lines, and nothing else that acts or hides, wherever it is cut', () => {
  const bytes = Buffer.from(
    '\u001b[1;32mgrün\u001b[0m\r\n50%\r100%\n\u001b]0;title\u0007\u001b[2Jtab\there\u0000\u009b1m',
  );
  const wanted = '\u001b[1;32mgrün\u001b[0m\n50%\n100%\n]0;title[2Jtab\there1m';
  for (let size = 1; size <= bytes.length; size += 1) {
    const harmless = createHarmless({ hasColour: true });
    let shown = '';
    for (let at = 0; at < bytes.length; at += size) shown += harmless(bytes.subarray(at, at + size));
    assert.is(shown, wanted, `in pieces of ${size}`);
  }
  for (const [given, shown] of Object.entries({
    '8': '',
    '08': '',
    '1;8': '1',
    '8;31': '31',
    '0;8;8': '0',
    '8:1;4': '4',
    '': '',
    '28': '28',
    '38;5;8': '38;5;8',
    '38;2;8;8;8;8': '38;2;8;8;8',
    '48;5;8;8;1': '48;5;8;1',
    '38:5:8': '38:5:8',
    '58;5;8': '58;5;8',
  })) {
    const seen = createHarmless({ hasColour: true })(Buffer.from(`\u001b[${given}mx`));
    assert.is(seen, shown === '' && given !== '' ? 'x' : `\u001b[${shown}mx`, given);
  }
  assert.is(createHarmless({ hasColour: false })(Buffer.from('\u001b[31mred\u001b[0m')), 'red');
});

test.run();
