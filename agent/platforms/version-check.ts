import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJsonEvidence } from './step/evidence.ts';
import type { StepIo, StepProgram } from './step/step-program.ts';

/** `check-version RUNNING [INSTALLED_PATH]`: asks the installed agent for its version. Never fails: the answer is evidence. */
export const checkVersion: StepProgram = async ([running = '', installedPath], io) => {
  const installed = installedPath ? await askVersion(io, installedPath) : null;
  await writeJsonEvidence(io, 'versions', { running, installed });
  io.say(`running:   ${running}`);
  io.say(`installed: ${installed ?? 'unknown'}`);
  if (!installedPath) io.say('INSTALLED_PATH is not set: it names the agent that the service would start');
  else if (installed === null) io.say(`${installedPath} gives no version`);
  else io.say(installed === running ? 'they are the same' : 'a restart would start another agent');
  return 0;
};

/** The text that `--version` prints after the program's name (docs/protocol.md section 1). Node runs a bundle that isn't executable. */
async function askVersion(io: StepIo, installedPath: string): Promise<string | null> {
  const isFolder = await stat(installedPath).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const program = isFolder ? join(installedPath, 'bin', 'switchyard-agent') : installedPath;
  const isExecutable = await access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
  const argv: [string, ...string[]] = isExecutable ? [program, '--version'] : [process.execPath, program, '--version'];
  const { code, stdout } = await io.run(argv, { stdout: 'taken', stderr: 'dropped' });
  return code === 0 ? (/^switchyard-agent (.+)$/m.exec(stdout)?.[1] ?? null) : null;
}
