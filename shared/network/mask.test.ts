import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mask, unmask } from './mask.ts';

const KEY = Buffer.from([0x12, 0xf4, 0x80, 0x3b]);
const LENGTHS = [0, 1, 3, 4, 5, 63, 64, 65, 66, 67, 255, 1000];
const PLACES = [0, 1, 2, 3, 4, 7];

const counted = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, index) => (7 * index) & 255));
/** RFC 6455, section 5.3. */
const asTheRfc = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.map((byte, index) => byte ^ (KEY[index % 4] as number)));

test('every length at every place is masked as the RFC says, and nothing around it changes', () => {
  for (const length of LENGTHS)
    for (const from of PLACES)
      for (const to of PLACES) {
        const source = counted(from + length).subarray(from);
        const before = Buffer.from(source);
        const output = Buffer.alloc(to + length + 9, 0xee);
        mask(source, KEY, output, to, length);
        const where = `${length} bytes from ${from} to ${to}`;
        assert.equal(output.subarray(to, to + length), asTheRfc(before), where);
        assert.ok(
          [...output.subarray(0, to), ...output.subarray(to + length)].every((byte) => byte === 0xee),
          where,
        );
        assert.equal(source, before, where);
      }
});

test('bytes that are masked in place become those of the RFC, and unmasked what they were', () => {
  for (const length of LENGTHS)
    for (const from of PLACES) {
      const bytes = counted(from + length).subarray(from);
      const before = Buffer.from(bytes);
      mask(bytes, KEY, bytes, 0, length);
      assert.equal(bytes, asTheRfc(before), `${length} bytes from ${from}`);
      unmask(bytes, KEY);
      assert.equal(bytes, before, `${length} bytes from ${from}`);
    }
});

test('only the given length of a longer source is masked', () => {
  const output = Buffer.alloc(80);
  mask(counted(100), KEY, output, 0, 70);
  assert.equal(output, Buffer.concat([asTheRfc(counted(70)), Buffer.alloc(10)]));
});

test.run();
