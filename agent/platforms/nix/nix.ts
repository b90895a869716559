import { type StepProgress, writeStepProgress } from '../../spool/step-progress.ts';
import { createLineTranslation } from '../step/line-translation.ts';
import type { ProgramEnd, RunOptions, StepIo, StepProgram } from '../step/step-program.ts';
import { NIX_PREFIX } from './event.ts';
import { createNixLog } from './log.ts';

/** Stock NixOS has these features off. */
const FEATURES = ['--extra-experimental-features', 'nix-command flakes'] as const;

/** Ignores a repository's `nixConfig`, even if the host's user accepts all of it: a hook or a cache is the host's decision. */
const TRUST = ['--option', 'accept-flake-config', 'false'] as const;

/** -v also names the file that is being evaluated. */
const AS_EVENTS = ['--log-format', 'internal-json', '-v'] as const;

/** How often progress is written at most. */
const PACE_MS = 250;

/** `nix ARG...`: runs nix and ends as it does; its output is made readable, and its progress reported. */
export const runNix: StepProgram = async (args, io) => (await nix(io, args)).code;

/** Runs the `nix` command line with what flakes need. */
export async function nix(
  io: StepIo,
  args: readonly string[],
  options: Omit<RunOptions, 'stderr'> = {},
): Promise<ProgramEnd> {
  const log = createNixLog();
  const progress = keepProgress(io, log.progress);
  const { write, end } = createLineTranslation(NIX_PREFIX, log.read);
  const stderr = {
    write(chunk: Uint8Array) {
      progress.changed();
      return write(chunk);
    },
    end,
  };
  const ended = await io.run(['nix', ...FEATURES, ...TRUST, ...args, ...AS_EVENTS], { ...options, stderr });
  if (ended.code === 0) log.succeeds();
  progress.end();
  return ended;
}

/** Writes it a little after it changed, and at the end, where it stands then. */
function keepProgress({ clock, evidenceDir }: StepIo, read: () => StepProgress | null) {
  let timer: object | null = null;
  function write(): void {
    timer = null;
    const progress = read();
    if (progress) writeStepProgress(evidenceDir, progress);
  }
  return {
    changed() {
      timer ??= clock.setTimeout(write, PACE_MS);
    },
    end() {
      clock.clearTimeout(timer);
      write();
    },
  };
}
