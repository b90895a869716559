import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createHarmless } from './harmless.ts';
import { clip, listed, pad, plain, widthOf } from './text.ts';

test('what comes from hosts does not act on a terminal', () => {
  assert.is(plain('a\u001b]0;title\u0007b\u001b[2Jc\r\nd\u009b31m'), 'abc d');
});

test('widths count what a terminal shows: colours nothing, wide characters two', () => {
  assert.is(widthOf('\u001b[31mweb\u001b[0m'), 3);
  assert.is(widthOf('世界'), 4);
  assert.is(widthOf('e\u0301'), 1);
  assert.is(pad('世', 4), '世  ');
});

test('a clipped line has its width, says that it was cut, and ends its colours', () => {
  assert.is(clip('short', 10), 'short');
  assert.is(clip('a long line', 6), 'a lon…');
  assert.is(clip('\u001b[31ma long line\u001b[0m', 6), '\u001b[31ma lon…\u001b[0m');
  assert.is(widthOf(clip('世界世界世界', 6)), 5);
});

test('many names are named as far as one reads them', () => {
  assert.is(listed(['a', 'b']), 'a, b');
  assert.is(listed(['a', 'b', 'c'], 2), 'a, b and 1 more');
});

test('output on a terminal keeps its colours and lines, and nothing else that acts, wherever it is cut', () => {
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
  assert.is(createHarmless({ hasColour: false })(Buffer.from('\u001b[31mred\u001b[0m')), 'red');
});

test.run();
