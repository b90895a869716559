import { join } from 'node:path';
import type { StepIo, Translation } from '../step/step-program.ts';

/** More than any system's checks and units print. */
const HEARD_BYTES = 1024 * 1024;

/** How a switch-to-configuration ended: its exit code and its output. */
export type SwitchEnd = { code: number; said: string };

/** Runs the system's `check` or `dry-activate`. Its output, possibly only a usage message, stays out of the command's. */
export async function askSwitch(io: StepIo, system: string, action: 'check' | 'dry-activate'): Promise<SwitchEnd> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const heard: Translation = {
    write(chunk) {
      if (length < HEARD_BYTES) parts.push(chunk);
      length += chunk.length;
      return Buffer.alloc(0);
    },
    end: () => Buffer.alloc(0),
  };
  const argv = [join(system, 'bin/switch-to-configuration'), action] as const;
  const { code, stdout } = await io.run(argv, { stdout: 'taken', stderr: heard });
  return { code, said: `${stdout}${Buffer.concat(parts).toString()}` };
}

/** Whether the system may be activated. One without a `check` has no objections. */
export const isWilling = ({ code, said }: SwitchEnd): boolean => code === 0 || (code === 1 && /^Usage/m.test(said));
