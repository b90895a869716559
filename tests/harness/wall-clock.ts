import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolMissing, unlessRequired } from '../../scripts/test-needs.ts';

const [LIBRARY] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');

/** Why no clock can be set here; null if one can. */
export const faketimeMissing = (): string | null =>
  toolMissing('faketime') ?? (LIBRARY ? null : unlessRequired('there is no libfaketime here'));

/** The wall clock of one program, settable while it runs. Monotonic time goes on unchanged. */
export type WallClock = {
  /** For the program's start. */
  env: Record<string, string>;
  /** How far it is off the machine's. */
  set(offsetMs: number): void;
};

/** Makes a clock, runs the body with it, and removes it. */
export const withWallClock = (run: (clock: WallClock) => Promise<void>) => async (): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-clock-'));
  const file = join(dir, 'offset');
  const set = (offsetMs: number) => writeFileSync(file, `${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs) / 1000}\n`);
  set(0);
  const env = {
    LD_PRELOAD: LIBRARY ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  // The library keeps a semaphore and memory in /dev/shm that only a normal end of their maker removes. Programs of tests are killed:
  // they share those of one that ends with its input, also where this process is killed.
  const keeper = spawn('cat', { env: { PATH: process.env.PATH, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    keeper.stdin.write('\n');
    await once(keeper.stdout, 'data');
    await run({ set, env: { ...env, FAKETIME_SHARED: `/faketime_sem_${keeper.pid} /faketime_shm_${keeper.pid}` } });
  } finally {
    keeper.stdin.end();
    await once(keeper, 'close');
    rmSync(dir, { recursive: true, force: true });
  }
  const left = memoryOf(keeper.pid);
  if (left.length > 0) throw new Error(`the clock left ${left}`);
};

/** Files that the library keeps in memory for this process, or left there. */
export const memoryOf = (pid: number | null | undefined): string[] => globSync(`/dev/shm/*faketime_*_${pid}`);
