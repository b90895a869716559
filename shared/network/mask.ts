/**
 * Masks WebSocket frames (RFC 6455, section 5.3) a word at a time, which takes about a quarter of the time that `ws` takes byte
 * by byte. Every byte that an agent sends is masked there and unmasked here. The bundles give `ws` this file in place of the native
 * package `bufferutil`, whose two functions it has (scripts/build.ts).
 */

/** Below this length, making the view of 32-bit words takes longer than it saves. */
const SHORT_BYTES = 64;

/** The four bytes of a mask, and the same as one word in the order of this machine. */
const keyBytes = new Uint8Array(4);
const keyWord = new Int32Array(keyBytes.buffer);

function maskBytes(bytes: Uint8Array, mask: Uint8Array, from: number, to: number, start: number): void {
  for (let at = from; at < to; at += 1) bytes[at] = (bytes[at] as number) ^ (mask[(at - start) & 3] as number);
}

/** Masks `length` bytes of `bytes` from `start` on, in place. */
function maskInPlace(bytes: Uint8Array, mask: Uint8Array, start: number, length: number): void {
  const end = start + length;
  if (length < SHORT_BYTES) {
    maskBytes(bytes, mask, start, end, start);
    return;
  }
  // Words lie at multiples of four in the buffer behind the bytes.
  const first = start + (-(bytes.byteOffset + start) & 3);
  const count = (end - first) >> 2;
  for (let index = 0; index < 4; index += 1) keyBytes[index] = mask[(first - start + index) & 3] as number;
  const key = keyWord[0] as number;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + first, count);
  for (let index = 0; index < count; index += 1) words[index] = (words[index] as number) ^ key;
  maskBytes(bytes, mask, start, first, start);
  maskBytes(bytes, mask, first + 4 * count, end, start);
}

/** Writes the first `length` bytes of `source`, masked, into `output` from `offset` on. Both may be the same. */
export function mask(source: Uint8Array, mask: Uint8Array, output: Uint8Array, offset: number, length: number): void {
  output.set(length === source.length ? source : source.subarray(0, length), offset);
  maskInPlace(output, mask, offset, length);
}

/** Masking twice gives the bytes back. */
export const unmask = (bytes: Uint8Array, mask: Uint8Array): void => maskInPlace(bytes, mask, 0, bytes.length);
