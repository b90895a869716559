import type { StepIo } from './step-program.ts';

/** What has been written around `dir` survives a power cut once this resolves: its whole file system, or on macOS all of them. */
export async function syncFiles(io: StepIo, dir: string): Promise<void> {
  const { code } = await io.run(['sync', '-f', dir]);
  if (code !== 0) io.say('what was written may not survive a power cut');
}
