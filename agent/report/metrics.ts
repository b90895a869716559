import { statfs } from 'node:fs/promises';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import { mem } from 'systeminformation/lib/memory.js';
import type { Metrics } from '../../shared/model/report.ts';

/** Busy and total CPU time in ms since boot, over all cores. */
type CpuTime = { busy: number; all: number };

/** Closer readings would only show noise. */
const SHORTEST_CPU_WINDOW_MS = 200;

/**
 * Samples the load of this host without spawning a process. systeminformation spawns one for CPU load everywhere and for memory
 * on macOS, so those come from `os`.
 */
export function createMetrics(deps: {
  os: NodeJS.Platform;
  /** `diskPercent` is that of the fullest of their file systems; missing paths are left out. */
  diskPaths: readonly string[];
}): () => Promise<Metrics> {
  let before: CpuTime = readCpuTime();
  let cpuPercent: number | null = null;
  return async () => {
    const now = readCpuTime();
    if (now.all - before.all >= SHORTEST_CPU_WINDOW_MS) {
      cpuPercent = percent(now.busy - before.busy, now.all - before.all);
      before = now;
    }
    const [memory, diskPercent] = await Promise.all([readMemory(deps.os), readDisk(deps.diskPaths)]);
    return { cpuPercent, ...memory, load1: round(loadavg()[0] ?? 0), diskPercent };
  };
}

function readCpuTime(): CpuTime {
  const time: CpuTime = { busy: 0, all: 0 };
  for (const { times } of cpus()) {
    const busy = times.user + times.nice + times.sys + times.irq;
    time.busy += busy;
    time.all += busy + times.idle;
  }
  return time;
}

async function readMemory(os: NodeJS.Platform): Promise<Pick<Metrics, 'memoryPercent' | 'swapPercent'>> {
  if (os !== 'linux') return { memoryPercent: percent(totalmem() - freemem(), totalmem()), swapPercent: null };
  const memory = await mem();
  return {
    memoryPercent: percent(memory.active, memory.total),
    swapPercent: percent(memory.swapused, memory.swaptotal),
  };
}

async function readDisk(paths: readonly string[]): Promise<number | null> {
  let fullest: number | null = null;
  for (const path of paths) {
    const disk = await statfs(path).catch(() => null);
    if (!disk) continue;
    const used = disk.blocks - disk.bfree;
    // As df counts: space reserved for root is neither used nor free.
    fullest = Math.max(fullest ?? 0, percent(used, used + disk.bavail) ?? 0);
  }
  return fullest;
}

/** Null if the total is zero, as on a host without swap. */
const percent = (part: number, whole: number): number | null =>
  whole > 0 ? round(Math.min(100, Math.max(0, (part / whole) * 100))) : null;

const round = (value: number): number => Math.round(value * 10) / 10;
