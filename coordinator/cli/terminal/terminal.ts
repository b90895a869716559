import type { Sink } from './sink.ts';

export type Terminal = {
  /** Data. */
  out: Sink;
  /** Progress, questions, errors. */
  err: Sink;
  columns(): number;
  rows(): number;
};
