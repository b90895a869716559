import { rounded } from './figures.ts';
import { median, percentile } from './result.ts';

/** What `calls` calls took, one after the other: `p50 / p99`, in ms. */
export async function latency(calls: number, call: (index: number) => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let index = 0; index < calls; index++) {
    const startedAt = performance.now();
    await call(index);
    times.push(performance.now() - startedAt);
  }
  return `${rounded(median(times))} / ${rounded(percentile(times, 99))}`;
}
