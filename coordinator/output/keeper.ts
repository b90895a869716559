import type { Read } from '../store/read.ts';

/** The bytes from `offset` on came at `at`. */
export type Arrival = { offset: number; at: number };

/** Where the bytes of outputs are kept. An output is written by one call at a time, each from where the one before it ended. */
export type OutputKeeper = {
  /** Durable bytes of each output; one that is not named has none. Later only if its answer has to come from elsewhere. */
  held(ids: readonly string[]): Read<ReadonlyMap<string, number>>;
  /** The same, of which a power cut may still take some: quick, for a start that asks about thousands. */
  found(ids: readonly string[]): Read<ReadonlyMap<string, number>>;
  /**
   * Appends at `offset` the pieces that `take` gives, asked once and as late as possible; resolves to their length in bytes once they
   * are durable. `isMark`: keeps when they came.
   */
  append(id: string, offset: number, take: () => readonly Uint8Array[], at: number, isMark: boolean): Promise<number>;
  /** Frees what it holds open for the next append. */
  rest(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Deletes outputs that are kept by the day, of days before `before` of which no command is left. */
  sweep(before: number): Promise<void>;
  /** The bytes from `offset` to `end`, in pieces of up to 64 KiB. */
  read(id: string, offset: number, end: number): AsyncGenerator<Uint8Array, void>;
  /** In their order, at most one per second. */
  arrivals(id: string): Promise<Arrival[]>;
  /** Appends at once. */
  readonly lanes: number;
  /** Outputs of which it may be asked to hold something open. */
  readonly open: number;
};
