import { readFileSync } from 'node:fs';
import { sleep, systemClock } from '../../shared/time/clock.ts';
import type { Coordinator } from '../harness/coordinator.ts';

/** A time without a coordinator, by the wall clock. */
export type Span = { from: number; to: number };

/** Kills a coordinator (-9) again and again, and records the kills. */
export type Killer = {
  kills(): number;
  downs(): readonly Span[];
  /** Peak memory of one process of the coordinator, in MiB. */
  mostMemory(): number;
  /** Sends the signal before it returns, so that a frame on its way comes too late. */
  strike(): void;
  /** Starts it after a strike; resolves once it listens. */
  back(): Promise<void>;
  /** Starts it after a strike, and strikes again this much later, whether it listens yet or not. */
  backFor(ms: number): Promise<void>;
};

export function createKiller(coordinator: Coordinator): Killer {
  let kills = 0;
  let mostMemory = 0;
  let died: Promise<unknown> | null = null;
  const downs: Span[] = [];

  function strike(): void {
    if (died !== null) return;
    mostMemory = Math.max(mostMemory, peakOf(coordinator.pid()));
    died = coordinator.kill('SIGKILL');
    kills += 1;
  }

  async function dead(): Promise<void> {
    if (died === null) return;
    await died;
    died = null;
    downs.push({ from: Date.now(), to: Number.MAX_SAFE_INTEGER });
  }

  function begin(): Promise<void> {
    const last = downs.at(-1);
    if (last) last.to = Date.now();
    return coordinator.start();
  }

  return {
    kills: () => kills,
    downs: () => downs,
    mostMemory: () => mostMemory,
    strike,
    async back() {
      if (died === null) return;
      await dead();
      await begin();
    },
    async backFor(ms) {
      await dead();
      // Rejects if it dies before it listens.
      const started = begin().catch(() => {});
      await sleep(systemClock, ms);
      strike();
      await started;
    },
  };
}

/** Peak resident memory of a process so far, in MiB; 0 where the system does not report it. */
function peakOf(pid: number): number {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kib ?? 0) / 1024);
  } catch {
    return 0;
  }
}
