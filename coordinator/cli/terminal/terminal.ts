import type { Paint } from './paint.ts';

/** One of the two streams that people and programs read. */
export type Sink = {
  write(text: string | Uint8Array): void;
  /** Resolves when more may be written without piling up. */
  drained(): Promise<void>;
  /** A terminal that can be drawn upon. */
  isTerminal: boolean;
  paint: Paint;
};

export type Terminal = {
  /** Data. */
  out: Sink;
  /** Progress, questions, faults. */
  err: Sink;
  columns(): number;
  rows(): number;
};
