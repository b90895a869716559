import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolMissing, unlessRequired } from '../../scripts/test-needs.ts';

const [LIBRARY] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');

/** Why no clock can be set here; null if one can. */
export const faketimeMissing = (): string | null =>
  toolMissing('faketime') ?? (LIBRARY ? null : unlessRequired('there is no libfaketime here'));

/** The wall clock of one program, which can be set while it runs. What is monotonic goes on as it was. */
export type WallClock = {
  /** For the program's start. */
  env: Record<string, string>;
  /** How far it is off the machine's. */
  set(offsetMs: number): void;
};

export function createWallClock(dir: string, name: string): WallClock {
  const file = join(dir, `clock-${name}`);
  const set = (offsetMs: number) => writeFileSync(file, `${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs) / 1000}\n`);
  set(0);
  return {
    set,
    env: {
      LD_PRELOAD: LIBRARY ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  };
}
