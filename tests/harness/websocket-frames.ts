/** A frame as it is on the wire, and the part of its content that a fault can aim at. */
export type WireFrame = {
  bytes: Buffer;
  /** The `type` of a text frame, `output` for a binary one, else `control`. */
  type: string;
};

const TEXT = 1;
const BINARY = 2;

/**
 * Cuts one direction of an upgraded connection into frames. The HTTP head before them comes out with type `http`, and so does
 * everything on a connection that is not upgraded. The offer to compress is removed from the head, because faults aim at a
 * frame's content.
 */
export function createFrameSplitter(): (piece: Buffer) => WireFrame[] {
  let held = Buffer.alloc(0);
  let speaks: 'head' | 'http' | 'frames' = 'head';

  function next(): WireFrame | null {
    const length = speaks === 'frames' ? frameLength(held) : speaks === 'head' ? headLength(held) : held.length || null;
    if (length === null || held.length < length) return null;
    const bytes = speaks === 'head' ? withoutExtensions(held.subarray(0, length)) : held.subarray(0, length);
    held = held.subarray(length);
    if (speaks === 'frames') return { bytes, type: typeOf(bytes) };
    if (speaks === 'head') speaks = /^upgrade: *websocket\r$/im.test(bytes.toString('latin1')) ? 'frames' : 'http';
    return { bytes, type: 'http' };
  }

  return (piece) => {
    held = Buffer.concat([held, piece]);
    const frames: WireFrame[] = [];
    for (let frame = next(); frame; frame = next()) frames.push(frame);
    return frames;
  };
}

const withoutExtensions = (head: Buffer): Buffer =>
  Buffer.from(head.toString('latin1').replace(/^sec-websocket-extensions:.*\r\n/gim, ''), 'latin1');

function headLength(held: Buffer): number | null {
  const end = held.indexOf('\r\n\r\n');
  return end === -1 ? null : end + 4;
}

/** Where the payload begins and how long it is (RFC 6455 section 5.2); null while too few bytes are there to tell. */
function layout(held: Buffer): { mask: number | null; start: number; length: number } | null {
  if (held.length < 2) return null;
  const short = (held[1] ?? 0) & 0x7f;
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (held.length < 2 + wide) return null;
  const length = wide === 0 ? short : wide === 2 ? held.readUInt16BE(2) : Number(held.readBigUInt64BE(2));
  const masked = ((held[1] ?? 0) & 0x80) !== 0;
  return { mask: masked ? 2 + wide : null, start: 2 + wide + (masked ? 4 : 0), length };
}

function frameLength(held: Buffer): number | null {
  const found = layout(held);
  return found && found.start + found.length;
}

function typeOf(bytes: Buffer): string {
  const opcode = (bytes[0] ?? 0) & 0x0f;
  if (opcode === BINARY) return 'output';
  const found = layout(bytes);
  if (opcode !== TEXT || !found) return 'control';
  const payload = Buffer.from(bytes.subarray(found.start));
  if (found.mask !== null)
    for (const [index, byte] of payload.entries()) payload[index] = byte ^ (bytes[found.mask + (index % 4)] ?? 0);
  return (JSON.parse(payload.toString('utf8')) as { type: string }).type;
}
