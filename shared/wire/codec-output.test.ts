import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { newCommandId } from '../ids.ts';
import { decodeOutput, encodeOutput, OUTPUT_HEADER_BYTES } from './codec.ts';

const ID = '0190a000-0000-7000-8000-000000000001';

test('output travels as 16 bytes of id, 8 bytes of big-endian offset, and the bytes', () => {
  const encoded = encodeOutput({ commandId: ID, offset: 0x01_0000_0002, bytes: Uint8Array.of(0, 255, 10) });
  const hex = Buffer.from(encoded).toString('hex');
  assert.is(hex, `${ID.replaceAll('-', '')}0000000100000002${'00ff0a'}`);
  assert.equal(decodeOutput(new Uint8Array(encoded)), {
    commandId: ID,
    offset: 0x01_0000_0002,
    bytes: Uint8Array.of(0, 255, 10),
  });
});

test('output that lies in its room becomes the same frame there, without a copy', () => {
  const bytes = Uint8Array.of(0, 255, 10);
  const room = new Uint8Array(OUTPUT_HEADER_BYTES + 10).fill(7);
  room.set(bytes, OUTPUT_HEADER_BYTES);
  const chunk = { commandId: ID, offset: 0x01_0000_0002, bytes };
  const encoded = encodeOutput(chunk, room);
  assert.equal(new Uint8Array(encoded), new Uint8Array(encodeOutput(chunk)));
  assert.is(encoded.buffer, room.buffer);
});

test('output is read from a view into a larger buffer, as sockets give it', () => {
  const encoded = encodeOutput({ commandId: newCommandId(), offset: 7, bytes: Uint8Array.of(1) });
  const larger = Buffer.concat([Buffer.from('before'), encoded]);
  assert.is(decodeOutput(larger.subarray(6))?.offset, 7);
});

test('a chunk without a whole header, or with an offset beyond any number, is refused', () => {
  assert.is(decodeOutput(new Uint8Array(23)), null);
  const encoded = encodeOutput({ commandId: ID, offset: 0, bytes: new Uint8Array(0) });
  encoded[16] = 0x7f;
  assert.is(decodeOutput(encoded), null);
});

test.run();
