import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLineTranslation, LONGEST_LINE } from './line-translation.ts';

/** Replaces a line that begins with `@` by its length, except `@!` and `@ `. */
const translate = (line: string) => (line.startsWith('@!') || line.startsWith('@ ') ? null : `<${line.length}>\n`);

function run(...pieces: (string | Uint8Array)[]): string[] {
  const translation = createLineTranslation('@', translate);
  const out = pieces.map((piece) => translation.write(Buffer.from(piece)).toString('latin1'));
  return [...out, translation.end().toString('latin1')];
}

for (const [what, pieces, expected] of [
  ['lines that begin with the prefix are translated', ['@abc\nx\n@d\n'], ['<4>\nx\n<2>\n', '']],
  ['a line is held until it ends', ['@a', 'b', 'c\n'], ['', '', '<4>\n', '']],
  ['other text is not held', ['Pass', 'word: ', 'x\n'], ['Pass', 'word: ', 'x\n', '']],
  ['what stands before the prefix on its line stays, on a line of its own', ['x', '@a\ny\n'], ['x', '\n<2>\ny\n', '']],
  ['what stands before a prefix that is not wanted stays on its line', ['x @!a\n'], ['x @!a\n', '']],
  ['what is not wanted may stand before what is', ['@! @b\n'], ['@! \n<2>\n', '']],
  ['what the translation does not want passes', ['@!a\n'], ['@!a\n', '']],
  ['a last line without an end is translated too', ['x\n@ab'], ['x\n', '<3>\n']],
  ['a last line without an end passes as it is', ['x\ny'], ['x\ny', '']],
  ['nothing is made of nothing', ['', '\n', '\n\n'], ['', '\n', '\n\n', '']],
] as const)
  test(what, () => assert.equal(run(...pieces), [...expected]));

test('NUL bytes and broken UTF-8 pass as they are', () => {
  const bytes = Buffer.from([0, 0xff, 0xc3, 0x0a, 0x80, 0]);
  assert.equal(run(bytes), [bytes.toString('latin1'), '']);
});

test('a longer prefix is recognised at any cut', () => {
  const translation = createLineTranslation('@nix ', () => 'hit\n');
  const write = (text: string) => translation.write(Buffer.from(text)).toString();
  assert.equal(['@', 'ni', 'x {}', '\n', '@nice\n', '@n', 'o\n', 'it: @n', 'ix ', '{}\n'].map(write), [
    '',
    '',
    '',
    'hit\n',
    '@nice\n',
    '',
    '@no\n',
    'it: ',
    '',
    '\nhit\n',
  ]);
});

test('an overlong line passes as it is, and the next one is translated', () => {
  const translation = createLineTranslation('@', translate);
  const piece = Buffer.alloc(64 * 1024, '@');
  let passed = 0;
  let held = 0;
  for (let sent = 0; sent < 10 * LONGEST_LINE; sent += piece.length) {
    passed += translation.write(piece).length;
    held = Math.max(held, sent + piece.length - passed);
  }
  assert.is(passed, 10 * LONGEST_LINE);
  assert.is(held, LONGEST_LINE);
  assert.is(translation.write(Buffer.from('\n@a\n')).toString(), '\n<2>\n');
});

test('a line translated into nothing leaves the line before it open', () => {
  const translation = createLineTranslation('@', () => '');
  assert.is(translation.write(Buffer.from('one@\n@\n, two\n@\n')).toString(), 'one, two\n');
});

test('a line full of prefixes is tried only a few times', () => {
  let tries = 0;
  const translation = createLineTranslation('@', () => {
    tries += 1;
    return null;
  });
  const full = '@'.repeat(LONGEST_LINE - 1);
  assert.is(translation.write(Buffer.from(`${full}\n`)).toString(), `${full}\n`);
  assert.ok(tries < 10, String(tries));
});

test('it makes no difference how the bytes are cut into pieces', () => {
  const bytes = fc
    .array(fc.constantFrom('@', '@!', ' ', 'a', '\n', '\0', 'é'), { maxLength: 40 })
    .map((parts) => Buffer.from(parts.join('')));
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(60), { maxLength: 6 }), (whole, cuts) => {
      const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
      const pieces = places.slice(1).map((to, index) => whole.subarray(places[index], to));
      assert.is(run(...pieces).join(''), run(whole).join(''));
    }),
  );
});

test.run();
