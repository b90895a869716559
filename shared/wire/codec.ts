import type { TObject, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Value } from 'typebox/value';
import { uuidFromBytes, uuidToBytes } from '../ids.ts';
import { Evidence, RunningCommand } from '../model/report.ts';
import {
  AGENT_FRAMES,
  type AgentFrame,
  COORDINATOR_FRAMES,
  type CoordinatorFrame,
  type OutputChunk,
} from './protocol.ts';
import { createTrim, LIST_BYTES } from './trim.ts';

/** A frame's checked value, or the reason why its bytes are not a valid frame. */
export type Decoded<Frame> =
  /** `cut`: paths of values that were cut or left out, such as `/evidence/tests`. */
  | { kind: 'frame'; frame: Frame; cut: readonly string[] }
  /** A type unknown to this side. Ignore it: the other side may be newer. */
  | { kind: 'unknown'; type: string }
  | { kind: 'bad'; detail: string };

export type Decode<Frame> = (text: string) => Decoded<Frame>;

/**
 * Optional parts that prove or explain, in frames whose news must not be lost. A misfit in such a part is left out, and the frame
 * is accepted.
 */
const SPARED: Readonly<Record<string, { part: string; schema: TObject }>> = {
  'command.exited': { part: 'evidence', schema: Evidence },
  'command.rejected': { part: 'running', schema: RunningCommand },
};

type Payload = Record<string, unknown>;
type Checked = { payload: Payload; cut: readonly string[] } | { fault: string };

const NOTHING: readonly string[] = [];

/** Compiled at the first such frame: each side receives only half of the types. */
function payloadReader(type: string, schema: TSchema): (payload: unknown, isShort: boolean) => Checked {
  const validator = Compile(schema);
  // Most frames hold nothing beyond their schema and are taken as parsed.
  const exact = Compile(closed(schema));
  const trim = createTrim(schema);
  const spared = SPARED[type];
  return (given, isShort) => {
    if (isShort && exact.Check(given)) return { payload: given as Payload, cut: NOTHING };
    const { value, cut } = trim(given);
    if (validator.Check(value)) return { payload: value as Payload, cut };
    const rest = spared && withoutMisfits(value, spared.part, spared.schema);
    if (rest && validator.Check(rest)) return { payload: rest, cut: [...cut, `/${spared.part}`] };
    return { fault: firstFault(validator, value ?? given) };
  };
}

/** `payload` with the fitting rest of `part`; without `part` if that is not an object. */
function withoutMisfits(payload: unknown, part: string, schema: TObject): Payload | null {
  if (!isObject(payload)) return null;
  const { [part]: given, ...rest } = payload;
  if (!isObject(given)) return rest;
  const fields = Object.entries(given).filter(([name, value]) => Value.Check(schema.properties[name] ?? {}, value));
  const fitting = Object.fromEntries(fields);
  return Value.Check(schema, fitting) ? { ...rest, [part]: fitting } : rest;
}

const isObject = (value: unknown): value is Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same schema, closed to unknown fields. */
function closed(schema: TSchema): TSchema {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (!isObject(value)) return value;
    const copied = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, copy(one)]));
    return value.properties === undefined ? copied : { ...copied, additionalProperties: false };
  };
  return copy(schema) as TSchema;
}

/** Checks the text frames of a table and cuts them to their schemas: unknown fields and overlong values go. */
function decoder<Frame>(table: Readonly<Record<string, TSchema>>): Decode<Frame> {
  const readers = new Map<string, ReturnType<typeof payloadReader>>();
  const readerOf = (type: string) => {
    const schema = Object.hasOwn(table, type) ? table[type] : undefined;
    if (!schema) return undefined;
    const reader = readers.get(type) ?? payloadReader(type, schema);
    readers.set(type, reader);
    return reader;
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
    const { type } = value;
    const read = readerOf(type);
    if (!read) return { kind: 'unknown', type };
    const checked = read('payload' in value ? value.payload : undefined, 3 * text.length <= LIST_BYTES);
    if ('fault' in checked) return { kind: 'bad', detail: `${type}: ${checked.fault}` };
    return { kind: 'frame', frame: { type, payload: checked.payload } as Frame, cut: checked.cut };
  };
}

/** Searched for a fault to report: without this bound every item is checked, even after a fault. */
const LOOKED_THROUGH = 1_000;

function firstFault(validator: Validator, payload: unknown): string {
  const begin = (list: unknown) => (Array.isArray(list) ? list.slice(0, LOOKED_THROUGH) : list);
  const looked = isObject(payload)
    ? Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, begin(value)]))
    : begin(payload);
  const [fault] = validator.Errors(looked);
  return fault ? `${fault.instancePath || 'payload'} ${fault.message}` : 'payload does not fit its schema';
}

export const decodeAgentFrame: Decode<AgentFrame> = decoder(AGENT_FRAMES);
export const decodeCoordinatorFrame: Decode<CoordinatorFrame> = decoder(COORDINATOR_FRAMES);

export const encodeFrame = (frame: AgentFrame | CoordinatorFrame): string => JSON.stringify(frame);

const agentTrims = Object.fromEntries(Object.entries(AGENT_FRAMES).map(([type, schema]) => [type, createTrim(schema)]));

/** The payload as an agent sends it, cut to what the coordinator accepts, so that nothing is refused for its length. */
export const encodeAgentFrame = ({ type, payload }: AgentFrame): string =>
  encodeFrame({ type, payload: agentTrims[type]?.(payload).value ?? payload } as AgentFrame);

/** Command id (16 bytes), then the offset (8 bytes, big-endian). */
export const OUTPUT_HEADER_BYTES = 24;

/**
 * Binary frame of a command's output: 16 bytes id, 8 bytes big-endian offset, then the bytes. `room`: memory that holds the chunk's
 * bytes behind OUTPUT_HEADER_BYTES. The frame is then made there, without a copy of them.
 */
export function encodeOutput(chunk: OutputChunk, room?: Uint8Array): Uint8Array {
  const length = OUTPUT_HEADER_BYTES + chunk.bytes.length;
  const frame = room?.subarray(0, length) ?? new Uint8Array(length);
  frame.set(uuidToBytes(chunk.commandId), 0);
  new DataView(frame.buffer, frame.byteOffset).setBigUint64(16, BigInt(chunk.offset));
  if (!room) frame.set(chunk.bytes, OUTPUT_HEADER_BYTES);
  return frame;
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
