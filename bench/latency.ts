import { rounded } from './figures.ts';
import { median, percentile } from './result.ts';

/** The durations of `calls` calls, one after another, in ms. */
export async function timesOf(calls: number, call: (index: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < calls; index++) {
    const startedAt = performance.now();
    await call(index);
    times.push(performance.now() - startedAt);
  }
  return times;
}

/** `p50 / p99`. */
export const spanText = (times: readonly number[]): string =>
  `${rounded(median(times))} / ${rounded(percentile(times, 99))}`;

/** The times of `calls` calls, one after the other: `p50 / p99`, in ms. */
export const latency = async (calls: number, call: (index: number) => Promise<unknown>): Promise<string> =>
  spanText(await timesOf(calls, call));
