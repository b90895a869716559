import type { Sink } from './sink.ts';

export type Terminal = {
  /** Data. */
  out: Sink;
  /** Progress, questions, faults. */
  err: Sink;
  columns(): number;
  rows(): number;
};
