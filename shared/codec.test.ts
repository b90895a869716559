import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeAgentFrame, decodeCoordinatorFrame, decodeOutput, encodeFrame, encodeOutput } from './codec.ts';
import { newCommandId } from './ids.ts';
import { AGENT_FRAMES, COORDINATOR_FRAMES } from './protocol.ts';

const ID = '0190a000-0000-7000-8000-000000000001';

test('a frame comes back as it was sent, unknown fields included', () => {
  const frame = { type: 'command.accepted', payload: { id: ID, later: 'field of a newer agent' } } as const;
  assert.equal(decodeAgentFrame(encodeFrame(frame)), { kind: 'frame', frame });
});

test('a type that this side does not know is told apart from a bad frame', () => {
  assert.equal(decodeAgentFrame('{"type":"command.dreamt","payload":{}}'), { kind: 'unknown', type: 'command.dreamt' });
});

test('what is no frame is refused with the place of its fault', () => {
  const detailOf = (text: string): string => {
    const decoded = decodeAgentFrame(text);
    return decoded.kind === 'bad' ? decoded.detail : decoded.kind;
  };
  assert.is(detailOf('{'), 'not JSON');
  for (const text of ['null', '[]', '"hello"', '{}', '{"type":7}']) assert.match(detailOf(text), /a frame is/, text);
  assert.match(detailOf('{"type":"command.accepted"}'), /^command\.accepted: /);
  assert.match(detailOf('{"type":"command.accepted","payload":{"id":"no uuid"}}'), /^command\.accepted: \/id /);
  assert.match(detailOf(`{"type":"command.exited","payload":{"id":"${ID}"}}`), /^command\.exited: payload /);
});

test('names that every object has are no frame types', () => {
  for (const type of ['constructor', '__proto__', 'toString'])
    assert.is(decodeAgentFrame(JSON.stringify({ type, payload: {} })).kind, 'unknown', type);
});

test('each side takes only the frames of the other', () => {
  for (const type of Object.keys(COORDINATOR_FRAMES)) assert.is(decodeAgentFrame(`{"type":"${type}"}`).kind, 'unknown');
  for (const type of Object.keys(AGENT_FRAMES)) assert.is(decodeCoordinatorFrame(`{"type":"${type}"}`).kind, 'unknown');
});

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

test('output is read from a view into a larger buffer, as sockets give it', () => {
  const encoded = encodeOutput({ commandId: newCommandId(), offset: 7, bytes: Uint8Array.of(1) });
  const larger = Buffer.concat([Buffer.from('before'), encoded]);
  assert.is(decodeOutput(larger.subarray(6))?.offset, 7);
});

test('output without a whole header, or with an offset past what numbers hold, is none', () => {
  assert.is(decodeOutput(new Uint8Array(23)), null);
  const encoded = encodeOutput({ commandId: ID, offset: 0, bytes: new Uint8Array(0) });
  encoded[16] = 0x7f;
  assert.is(decodeOutput(encoded), null);
});

test.run();
