import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { uuidFromBytes, uuidToBytes } from './ids.ts';
import {
  AGENT_FRAMES,
  type AgentFrame,
  COORDINATOR_FRAMES,
  type CoordinatorFrame,
  type OutputChunk,
} from './protocol.ts';

/** A frame's bytes turned into a checked value, or the reason why they are none. */
export type Decoded<Frame> =
  | { kind: 'frame'; frame: Frame }
  /** A type that this side does not know: to be ignored, so that the other side may be newer. */
  | { kind: 'unknown'; type: string }
  | { kind: 'bad'; detail: string };

export type Decode<Frame> = (text: string) => Decoded<Frame>;

/** Checks text frames of a table. A schema is compiled when its first frame comes: each side receives only half of them. */
function decoder<Frame>(table: Readonly<Record<string, TSchema>>): Decode<Frame> {
  const validators = new Map<string, Validator>();
  const validatorOf = (type: string): Validator | undefined => {
    const schema = Object.hasOwn(table, type) ? table[type] : undefined;
    if (!schema) return undefined;
    const validator = validators.get(type) ?? Compile(schema);
    validators.set(type, validator);
    return validator;
  };
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return { kind: 'bad', detail: 'not JSON' };
    }
    if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string')
      return { kind: 'bad', detail: 'a frame is {"type": string, "payload": object}' };
    const validator = validatorOf(value.type);
    if (!validator) return { kind: 'unknown', type: value.type };
    const payload = 'payload' in value ? value.payload : undefined;
    if (!validator.Check(payload)) return { kind: 'bad', detail: `${value.type}: ${firstFault(validator, payload)}` };
    return { kind: 'frame', frame: value as Frame };
  };
}

function firstFault(validator: Validator, payload: unknown): string {
  const [fault] = validator.Errors(payload);
  return fault ? `${fault.instancePath || 'payload'} ${fault.message}` : 'payload does not fit its schema';
}

export const decodeAgentFrame: Decode<AgentFrame> = decoder(AGENT_FRAMES);
export const decodeCoordinatorFrame: Decode<CoordinatorFrame> = decoder(COORDINATOR_FRAMES);

export const encodeFrame = (frame: AgentFrame | CoordinatorFrame): string => JSON.stringify(frame);

/** Command id, then the offset as 8 bytes big-endian. */
export const OUTPUT_HEADER_BYTES = 24;

/** Binary frame of a command's output: 16 bytes id, 8 bytes big-endian offset, the bytes. */
export function encodeOutput(chunk: OutputChunk): Uint8Array {
  const bytes = Buffer.allocUnsafe(OUTPUT_HEADER_BYTES + chunk.bytes.length);
  bytes.set(uuidToBytes(chunk.commandId), 0);
  bytes.writeBigUInt64BE(BigInt(chunk.offset), 16);
  bytes.set(chunk.bytes, OUTPUT_HEADER_BYTES);
  return bytes;
}

/** The chunk's bytes are a view of `bytes`, not a copy. */
export function decodeOutput(bytes: Uint8Array): OutputChunk | null {
  if (bytes.length < OUTPUT_HEADER_BYTES) return null;
  const offset = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(16);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  try {
    const commandId = uuidFromBytes(bytes.subarray(0, 16));
    return { commandId, offset: Number(offset), bytes: bytes.subarray(OUTPUT_HEADER_BYTES) };
  } catch {
    return null;
  }
}
