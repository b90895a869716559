import type { ListenAddress } from '../config/options.ts';
import type { OutputKeeper } from '../output/keeper.ts';
import type { Store } from '../store/port.ts';

/** Where a leader keeps its record. */
export type Parts = { store: Store; keeper: OutputKeeper };

/** The coordinator on that record: built, and not yet listening. */
export type Built = { server: { listen(at: ListenAddress): Promise<string> }; close(): Promise<void> };

export type Build = (parts: Parts) => Promise<Built>;

/** A coordinator that runs, whether it leads or waits for it. */
export type Leading = {
  /** The address; rejects where it can't be listened on. */
  readonly listening: Promise<string>;
  /** Ends it well: what was accepted is stored. */
  close(): Promise<void>;
};

/** Nothing but the address is wrong. */
export const isListenFault = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'getaddrinfo');
