import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../shared/files/durable-file.ts';
import { writeCheck } from './step/checks.ts';
import { addTestResult } from './step/evidence.ts';
import type { StepProgram } from './step/step-program.ts';

/** `run-tests FLAKE_FOLDER HOST CHECKS_FILE`: every executable hosts/HOST/tests/*.sh in name order, all of them; 1 if one fails. */
export const runTests: StepProgram = async ([repoDir = '', host = '', checksFile = ''], io) => {
  const folder = join('hosts', host, 'tests');
  const names = (await list(join(repoDir, folder))).filter((name) => name.endsWith('.sh')).sort();
  const failed: string[] = [];
  let ran = 0;
  for (const name of names) {
    const script = join(repoDir, folder, name);
    if (!(await isExecutable(script))) {
      io.say(`${name}: not run, it is not executable`);
      continue;
    }
    io.say(`${name}: running`);
    const startedAt = io.clock.monotonic();
    const { code } = await io.run([script], { cwd: repoDir });
    const durationMs = io.clock.monotonic() - startedAt;
    await addTestResult(io, { name, exitCode: code, durationMs });
    io.say(`${name}: ${code === 0 ? 'passed' : `failed with exit code ${code}`}, ${durationMs} ms`);
    ran += 1;
    if (code !== 0) failed.push(name);
  }
  const message = summary(ran, failed, folder);
  io.say(message);
  const status = failed.length > 0 ? 'error' : 'ok';
  await writeCheck(checksFile, 'tests', { status, message, checkedAt: io.clock.now() });
  return failed.length > 0 ? 1 : 0;
};

function summary(ran: number, failed: readonly string[], folder: string): string {
  if (ran === 0) return `there are no executable scripts in ${folder}`;
  return failed.length === 0
    ? `${ran} of ${ran} tests passed`
    : `${failed.length} of ${ran} tests failed: ${failed.join(', ')}`;
}

/** Empty if there is no such folder. A folder that cannot be read fails the op, because its tests have not passed. */
async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
