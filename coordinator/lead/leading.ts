import type { ListenAddress } from '../config/options.ts';
import type { OutputKeeper } from '../output/keeper.ts';
import type { Store } from '../store/port.ts';

/** Where a leader keeps its record. */
export type Parts = { store: Store; keeper: OutputKeeper };

/** A coordinator built on that record and not yet listening. */
export type Built = { server: { listen(at: ListenAddress): Promise<string> }; close(): Promise<void> };

export type Build = (parts: Parts) => Promise<Built>;

/** A running coordinator, whether it leads or stands by. */
export type Leading = {
  /** The address; rejects if the coordinator can't listen there. */
  readonly listening: Promise<string>;
  /** Ends it in order: everything accepted is stored. */
  close(): Promise<void>;
};

/** Whether only the address is at fault. */
export const isListenFault = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'getaddrinfo');
