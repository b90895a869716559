import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { leaveBehind, writeEvidence, writeJsonEvidence } from '../step/evidence.ts';
import type { StepProgram } from '../step/step-program.ts';
import { readBootPath } from './boot-path.ts';
import { readGeneration, readSystemPath } from './generation.ts';

const NextBootBrief = Type.Object({
  /** nix's link to what was built. */
  built: Type.String(),
  profile: Type.String(),
  /** The system has a boot loader to write; without one the next boot starts the profile's target. */
  asks: Type.Boolean(),
});
export type NextBootBrief = Static<typeof NextBootBrief>;

/**
 * `set-next-boot BRIEF`: points the profile and the boot default at the built system. Activates nothing. If the boot loader can't be written,
 * the profile goes back, so that both agree.
 */
export const setNextBoot: StepProgram = async ([text = ''], io) => {
  const { built, profile, asks } = Value.Parse(NextBootBrief, JSON.parse(text));
  const before = await readGeneration(profile);
  const set = (...setting: string[]) => io.run(['nix-env', '--profile', profile, ...setting]);
  const { code } = await set('--set', built);
  if (code !== 0) return code;
  if (asks) {
    const written = await io.run([join(built, 'bin/switch-to-configuration'), 'boot']);
    if (written.code !== 0) {
      io.say(`the boot loader was not written (exit ${written.code})`);
      if (before === null || before === (await readGeneration(profile))) return written.code;
      const back = await set('--switch-generation', String(before));
      if (back.code !== 0) io.say(`the profile could not be put back to generation ${before} (exit ${back.code})`);
      return written.code;
    }
  }
  const path = await readSystemPath([profile]);
  await leaveBehind(io, async () => {
    await writeJsonEvidence(io, 'profile', { generation: await readGeneration(profile), path });
    const bootPath = asks ? await readBootPath() : path;
    if (bootPath) await writeEvidence(io, 'bootPath', bootPath);
  });
  io.say(`the next boot starts ${path}`);
  return 0;
};
