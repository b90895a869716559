import type { TObject, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Value } from 'typebox/value';
import { uuidFromBytes, uuidToBytes } from './ids.ts';
import {
  AGENT_FRAMES,
  type AgentFrame,
  COORDINATOR_FRAMES,
  type CoordinatorFrame,
  type OutputChunk,
} from './protocol.ts';
import { Evidence, RunningCommand } from './report.ts';
import { createTrim, LIST_BYTES } from './trim.ts';

/** A frame's bytes turned into a checked value, or the reason why they are none. */
export type Decoded<Frame> =
  /** `cut`: where something did not fit and was cut or left out, as `/evidence/tests`. */
  | { kind: 'frame'; frame: Frame; cut: readonly string[] }
  /** A type that this side does not know: to be ignored, so that the other side may be newer. */
  | { kind: 'unknown'; type: string }
  | { kind: 'bad'; detail: string };

export type Decode<Frame> = (text: string) => Decoded<Frame>;

/**
 * Optional parts that prove or explain, in frames whose news must not be lost: what of such a part does not fit is left out, and
 * the frame taken.
 */
const SPARED: Readonly<Record<string, { part: string; schema: TObject }>> = {
  'command.exited': { part: 'evidence', schema: Evidence },
  'command.rejected': { part: 'running', schema: RunningCommand },
};

type Payload = Record<string, unknown>;
type Checked = { payload: Payload; cut: readonly string[] } | { fault: string };

const NOTHING: readonly string[] = [];

/** Compiled when its first frame comes: each side receives only half of them. */
function payloadReader(type: string, schema: TSchema): (payload: unknown, isShort: boolean) => Checked {
  const validator = Compile(schema);
  // Nearly every frame has no more than its schema says, and is taken as it was parsed.
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

/** `payload` with what fits of its `part`, which is left out where it is no object at all. */
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

/** The schema that allows nothing it does not name. */
function closed(schema: TSchema): TSchema {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (!isObject(value)) return value;
    const copied = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, copy(one)]));
    return value.properties === undefined ? copied : { ...copied, additionalProperties: false };
  };
  return copy(schema) as TSchema;
}

/** Checks text frames of a table, and cuts them to their schema: nothing that it does not name, and nothing longer than it allows. */
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

/** Items of a list among which its fault is looked for: all of them are gone through, however soon there is one. */
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

/** As an agent sends it: cut at the source to what the coordinator takes, so that nothing it says is refused for its length. */
export const encodeAgentFrame = ({ type, payload }: AgentFrame): string =>
  encodeFrame({ type, payload: agentTrims[type]?.(payload).value ?? payload } as AgentFrame);

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
