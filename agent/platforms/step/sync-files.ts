import type { StepIo } from './step-program.ts';

/** Once this resolves, writes around `dir` survive a power cut: it syncs the whole file system, on macOS all of them. */
export async function syncFiles(io: StepIo, dir: string): Promise<void> {
  const { code } = await io.run(['sync', '-f', dir]);
  if (code !== 0) io.say('what was written may not survive a power cut');
}
