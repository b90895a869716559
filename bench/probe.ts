/** Loaded into each measured server before its own program (`node --expose-gc --import`): reports its usage. */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { answerQuestions } from './questions.ts';

export type Usage = {
  /** CPU time of all threads since the start of the process. */
  cpuMs: number;
  rssBytes: number;
  /** Bytes that JavaScript holds, in and outside V8's heap. */
  heldBytes: number;
};

const STALL_RESOLUTION_MS = 2;
const stalls = monitorEventLoopDelay({ resolution: STALL_RESOLUTION_MS });

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpuMs: (user + system) / 1000, rssBytes: rss, heldBytes: heapUsed + external };
}

const PROFILE_EVERY_US = 2_000;
const profiler = process.env.BENCH_PROFILES ? new Session() : null;
profiler?.connect();
await profiler?.post('Profiler.enable');
await profiler?.post('Profiler.setSamplingInterval', { interval: PROFILE_EVERY_US });
await profiler?.post('Profiler.start');

answerQuestions({
  usage,
  /** Writes a CPU profile of the time since the start or the last one, where BENCH_PROFILES is set. */
  async writeProfile(path: string) {
    if (!profiler) return;
    const { profile } = await profiler.post('Profiler.stop');
    writeFileSync(path, JSON.stringify(profile));
    await profiler.post('Profiler.start');
  },
  /** After garbage collection, so that only held memory counts. */
  settledUsage() {
    for (let i = 0; i < 3; i++) globalThis.gc?.();
    return usage();
  },
  watchStalls() {
    stalls.reset();
    stalls.enable();
  },
  /** The longest time, in ms, that the event loop went without a turn. */
  longestStallMs() {
    stalls.disable();
    return Math.max(0, stalls.max / 1e6 - STALL_RESOLUTION_MS);
  },
});
