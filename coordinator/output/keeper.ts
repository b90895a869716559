import type { Read } from '../store/read.ts';

/** The bytes from `offset` on came at `at`. */
export type Arrival = { offset: number; at: number };

/** Where the bytes of outputs are kept. An output is written by one call at a time, each from where the one before it ended. */
export type OutputKeeper = {
  /** Durable bytes of each output; an output not named has none. A promise only if the answer comes from elsewhere. */
  held(ids: readonly string[]): Read<ReadonlyMap<string, number>>;
  /** The same, but a power cut may still take some of them. Quick, for a start that asks about thousands. */
  found(ids: readonly string[]): Read<ReadonlyMap<string, number>>;
  /**
   * Appends at `offset` the pieces that `take` gives; calls it once, as late as possible. Resolves to their length in bytes once they
   * are durable. `isMark`: records when they came.
   */
  append(id: string, offset: number, take: () => readonly Uint8Array[], at: number, isMark: boolean): Promise<number>;
  /** Releases whatever is held open for the next append. */
  rest(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** If outputs are kept by day: deletes days before `before` of which no command is left. */
  sweep(before: number): Promise<void>;
  /** The bytes from `offset` to `end`, in pieces of up to 64 KiB. */
  read(id: string, offset: number, end: number): AsyncGenerator<Uint8Array, void>;
  /** In their order, at most one per second. */
  arrivals(id: string): Promise<Arrival[]>;
  /** Appends at once. */
  readonly lanes: number;
  /** Most outputs for which anything is held open. */
  readonly open: number;
};
