import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { ACTIVATION_PHASE } from '../../../shared/model/report.ts';
import { armGuard, GuardBrief } from '../../guard/arm.ts';
import { SYSTEM_PROGRAMS } from '../../guard/guard-plan.ts';
import type { Step } from '../../spool/platform.ts';
import { leaveBehind, writeEvidence, writeFailedUnits, writeJsonEvidence } from '../step/evidence.ts';
import { programStep, type Self, type StepIo, type StepProgram } from '../step/step-program.ts';
import { ActivationBrief, listFailedUnits, sayRollback, writeAfter } from './activation.ts';
import { readBootPath } from './boot-path.ts';
import { readGeneration, readSystemPath } from './generation.ts';
import { askSwitch, isWilling } from './switch-program.ts';

const Brief = Type.Object({ activation: ActivationBrief, guard: GuardBrief });
export type GuardedBrief = { activation: ActivationBrief; guard: GuardBrief };

/** Asks the new system whether it may be activated; then activates it under a guard. */
export const guardedSteps = (self: Self, brief: GuardedBrief): Step[] => [
  // nix-darwin's activation can't be asked.
  ...(brief.guard.kind === 'nixos' ? [programStep(self, 'check', 'check-switch', brief.guard.new)] : []),
  programStep(self, ACTIVATION_PHASE, 'activate-guarded', JSON.stringify(brief)),
];

/** Exit code of NixOS's switch-to-configuration: only a reboot can replace the running system by the new one. */
const NEEDS_REBOOT = 100;
/** The number of EAGAIN: another activation holds the lock. */
const LOCKED = 11;

/**
 * `check-switch SYSTEM`: asks the new system whether it may replace the running one. A system without a `check` passes.
 */
export const checkSwitch: StepProgram = async ([system = ''], io) => {
  const answer = await askSwitch(io, system, 'check');
  const { code } = answer;
  const said = answer.said.trim();
  // A usage message is not an answer.
  if (said && (code === 0 || !isWilling(answer))) io.say(said);
  if (isWilling(answer)) return 0;
  if (code === LOCKED && /lock/i.test(said)) return code;
  const why = said.split('\n').at(-1);
  await writeJsonEvidence(io, 'failure', {
    code: 'switch_inhibited',
    message: `The new system refuses to take the place of the running one (exit ${code}${why ? `: ${why.slice(0, 500)}` : ''}); nothing was changed`,
  });
  return code;
};

/**
 * `activate-guarded BRIEF`: arms a guard, activates the new system, and reports its end to the guard. Profile and boot default stay on
 * the old system. From then on only the guard acts; the step undoes nothing.
 */
export const activateGuarded: StepProgram = async ([text = ''], io) => {
  const { activation, guard: given } = Value.Parse(Brief, JSON.parse(text));
  const old = await readSystemPath([given.current]);
  const system = await readSystemPath([given.new]);
  const refuse = async (message: string) => {
    io.say(`the guard was not armed: ${message}`);
    await writeJsonEvidence(io, 'failure', { code: 'guard_not_armed', message: `The guard was not armed: ${message}` });
    return 1;
  };
  if (old === null) return refuse(`${given.current} does not lead to a system`);
  if (system === null) return refuse(`${given.new} does not lead to a system`);
  // The guard gets store paths, because a link may have moved by the time it acts.
  const guard = { ...given, new: system, set: given.set.map((arg) => (arg === given.new ? system : arg)) };
  const failedBefore = await listFailedUnits(io);
  const profilePath = await readSystemPath([guard.profile]);
  const before = {
    old,
    profilePath,
    generation: await readGeneration(guard.profile),
    bootPath: activation.profileBoots ? profilePath : await readBootPath(),
  };
  const folder = await armGuard(guard, before, io.clock);
  if (typeof folder === 'string') return refuse(folder);

  await writeEvidence(io, 'systemPathBefore', old);
  await writeJsonEvidence(io, 'guarded', true);
  if (activation.rollback) await sayRollback(io, activation.rollback);
  io.say(`guarded: without a confirmation the host goes back ${guard.confirmMs / 1000} s after the activation`);
  folder.mark('activating');
  const [program = '', ...args] = SYSTEM_PROGRAMS[guard.kind].activate;
  const { code } = await io.run([join(guard.new, program), ...args]);
  const isActivated = code === 0 || code === activation.unitsFailedCode;
  if (isActivated) folder.mark('activated');
  const isRefused = code === NEEDS_REBOOT && guard.kind === 'nixos';
  await leaveBehind(io, async () => {
    // The guard moves the profile later, and with it what boots.
    await writeAfter(io, { ...activation, profileBoots: false });
    await tellFailedUnits(io, failedBefore);
    if (isActivated) return;
    await writeJsonEvidence(
      io,
      'failure',
      isRefused
        ? {
            code: 'switch_inhibited',
            message:
              'The new system cannot take the place of the running one without a reboot (exit 100); nothing was changed',
          }
        : {
            code: 'activation_failed',
            message: `The activation failed (exit ${code}); the guard goes back to ${old}`,
          },
    );
  });
  // The evidence comes first, because the guard ends a command that failed.
  if (!isActivated) folder.decide(isRefused ? 'disarm' : 'activation');
  return code;
};

/** Units that failed earlier are not this activation's fault. It resets them first, so a listed one has failed again. */
async function tellFailedUnits(io: StepIo, before: readonly string[] | null): Promise<void> {
  const after = await listFailedUnits(io);
  if (!after || !before) return;
  const known = new Set(before);
  await writeFailedUnits(
    io,
    'failedUnits',
    after.filter((unit) => !known.has(unit)),
  );
  await writeFailedUnits(
    io,
    'failedUnitsBefore',
    after.filter((unit) => known.has(unit)),
  );
}
