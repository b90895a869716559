import { join } from 'node:path';
import { readFlakeLock } from '../git/flake-lock.ts';
import { writeEvidence } from '../step/evidence.ts';
import type { StepProgram } from '../step/step-program.ts';
import { nix } from './nix.ts';

/** Since this version `nix flake update` takes the inputs to update; the option that did it before is gone later on. */
const UPDATE_TAKES_INPUTS: readonly [number, number] = [2, 19];

/**
 * `bump-flake REPO FLAKE_DIR INPUT`: moves the pin of one input and leaves the change uncommitted. 1 if the flake has no such input: nix only
 * warns of that.
 */
export const bumpFlake: StepProgram = async ([repoDir = '', flakeDir = '', input = ''], io) => {
  const folder = join(repoDir, flakeDir);
  const before = await readFlakeLock(repoDir, flakeDir);
  const version = await io.run(['nix', '--version'], { stdout: 'taken' });
  if (version.code !== 0) return version.code;
  const update = takesInputs(version.stdout) ? ['flake', 'update', input] : ['flake', 'lock', '--update-input', input];
  const { code } = await nix(io, update, { cwd: folder });
  if (code !== 0) return code;

  const after = await readFlakeLock(repoDir, flakeDir);
  if (!after?.has(input)) {
    io.say(`the flake in ${folder} has no input ${input}; set AGENT_INPUT to the one that pins the agent`);
    return 1;
  }
  await writeEvidence(io, 'lockHash', after.hash);
  const [from, to] = [before?.revOf(input) ?? 'nothing', after.revOf(input) ?? 'nothing'];
  io.say(from === to ? `${input} stays at ${to}` : `${input}: ${from} → ${to}`);
  return 0;
};

/** Reads the last version in what `nix --version` prints, since some distributions put their own before it. */
export function takesInputs(text: string): boolean {
  const [, major = '0', minor = '0'] = [...text.matchAll(/(\d+)\.(\d+)/g)].at(-1) ?? [];
  const [sinceMajor, sinceMinor] = UPDATE_TAKES_INPUTS;
  return Number(major) > sinceMajor || (Number(major) === sinceMajor && Number(minor) >= sinceMinor);
}
