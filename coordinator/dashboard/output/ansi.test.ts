import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { segmentsOf } from './ansi.ts';

const text = (line: string) =>
  segmentsOf(line)
    .map((part) => part.text)
    .join('');

test('colours become looks, and the text stays', () => {
  assert.equal(segmentsOf('a \x1b[1;31merror\x1b[0m b'), [
    { text: 'a ', look: '' },
    { text: 'error', look: 'ansi-red ansi-bold' },
    { text: ' b', look: '' },
  ]);
});

test('each of 256 or 16 million colours becomes one of eight', () => {
  const look = (code: string) => segmentsOf(`\x1b[${code}mx`)[0]?.look;
  assert.is(look('38;5;196'), 'ansi-red');
  assert.is(look('38;5;250'), 'ansi-white');
  assert.is(look('38;2;10;200;20'), 'ansi-green');
  assert.is(look('92'), 'ansi-green');
});

test('a background is shown by inversion, never as a colour on a colour', () => {
  assert.is(segmentsOf('\x1b[41mx')[0]?.look, 'ansi-inverse');
});

test('no sequence but colours has an effect, and none is shown', () => {
  assert.is(
    text('\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x1b[2Jc\x1b[10;10Hd\x1bPq#0\x1b\\e\x1bcf\x00g\x08h'),
    'abcdefgh',
  );
});

test('HTML is text', () => {
  assert.is(text('<img src=x onerror=alert(1)> & \x1b[31m<b>'), '<img src=x onerror=alert(1)> & <b>');
});

test('an overwritten line shows its last text', () => {
  assert.is(text('10 %\r50 %\r100 %'), '100 %');
  assert.is(text('windows\r'), 'windows');
});

test.run();
