import { parse, stringify, v4, v5, v7, validate } from 'uuid';

/** A command's id: UUIDv7, so that ids sort by creation time. */
export const newCommandId = (): string => v7();

/** Any other id: dispatches, instances, hosts, epochs. */
export const newId = (): string => v4();

/** Always the same id for the same text (UUIDv5). */
export const idOfText = (text: string): string => v5(text, TEXTS);
const TEXTS = '6f1c7d5e-3b0a-4a53-9c55-0f5a8d1f5c11';

export const isUuid = (text: string): boolean => validate(text);

/** The 16 raw bytes of a UUID, as binary frames carry it. */
export const uuidToBytes = (id: string): Uint8Array => parse(id);

export const uuidFromBytes = (bytes: Uint8Array): string => stringify(bytes);
