import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withoutCutHead, withoutCutTail } from './whole-characters.ts';

const plain = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('whole characters stay, and a cut one goes, at any cut', () => {
  const bytes = Buffer.from('aü日😀z');
  const starts = [0, 1, 3, 6, 10, 11];
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const end = starts.findLast((start) => start <= cut) ?? 0;
    assert.is(plain(withoutCutTail(bytes.subarray(0, cut))), plain(bytes.subarray(0, end)), `tail at ${cut}`);
    const start = starts.find((one) => one >= cut) ?? 0;
    assert.is(plain(withoutCutHead(bytes.subarray(cut))), plain(bytes.subarray(start)), `head at ${cut}`);
  }
});

test('bytes other than UTF-8 stay', () => {
  const broken = Uint8Array.of(0x61, 0x80, 0x80, 0x80, 0x80);
  assert.is(plain(withoutCutTail(broken)), plain(broken));
  const noLead = Uint8Array.of(0x61, 0xff);
  assert.is(plain(withoutCutTail(noLead)), plain(noLead));
});

test.run();
