import { parse, stringify, v4, v7, validate } from 'uuid';

/** A command's id: UUIDv7, so that ids sort by creation time. */
export const newCommandId = (): string => v7();

/** Any other id: dispatches, instances, hosts, epochs. */
export const newId = (): string => v4();

export const isUuid = (text: string): boolean => validate(text);

/** The 16 raw bytes of a UUID, as binary frames carry it. */
export const uuidToBytes = (id: string): Uint8Array => parse(id);

export const uuidFromBytes = (bytes: Uint8Array): string => stringify(bytes);
