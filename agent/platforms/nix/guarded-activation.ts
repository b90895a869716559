import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { ACTIVATION_PHASE } from '../../../shared/report.ts';
import { armGuard, GuardBrief } from '../../guard/arm.ts';
import type { Step } from '../../spool/platform.ts';
import { writeEvidence, writeFailedUnits, writeJsonEvidence } from '../step/evidence.ts';
import { programStep, type Self, type StepIo, type StepProgram, type Translation } from '../step/step-program.ts';
import { ActivationBrief, listFailedUnits, sayRollback, writeAfter } from './activation.ts';
import { readBootPath } from './boot-path.ts';
import { readGeneration, readSystemPath } from './generation.ts';

const Brief = Type.Object({ activation: ActivationBrief, guard: GuardBrief });
export type GuardedBrief = { activation: ActivationBrief; guard: GuardBrief };

/** The new system is asked whether it may, then activated under a guard. */
export const guardedSteps = (self: Self, brief: GuardedBrief): Step[] => [
  programStep(self, 'check', 'check-switch', brief.guard.new),
  programStep(self, ACTIVATION_PHASE, 'activate-guarded', JSON.stringify(brief)),
];

/** Of NixOS's switch-to-configuration: units failed; this system can't take the place of the running one without a reboot. */
const UNITS_FAILED = 4;
const NEEDS_REBOOT = 100;
/** The number of EAGAIN: another activation holds the lock. */
const LOCKED = 11;

/**
 * `check-switch SYSTEM`: asks the new system whether it may take the place of the running one. One that knows no such question passes.
 */
export const checkSwitch: StepProgram = async ([system = ''], io) => {
  const said = capture();
  const { code } = await io.run([`${system}/bin/switch-to-configuration`, 'check'], { stderr: said });
  if (code === 0 || (code === 1 && /^Usage/m.test(said.text()))) return 0;
  if (said.text()) io.say(said.text().trimEnd());
  if (code === LOCKED && /lock/i.test(said.text())) return code;
  const why = said.text().trim().split('\n').at(-1);
  await writeJsonEvidence(io, 'failure', {
    code: 'switch_inhibited',
    message: `The new system refuses to take the place of the running one (exit ${code}${why ? `: ${why.slice(0, 500)}` : ''}); nothing was changed`,
  });
  return code;
};

/** Holds back what is said, which may be no more than how to use the program. */
function capture(): Translation & { text(): string } {
  const parts: Uint8Array[] = [];
  let length = 0;
  return {
    write(chunk) {
      if (length < 64 * 1024) parts.push(chunk);
      length += chunk.length;
      return Buffer.alloc(0);
    },
    end: () => Buffer.alloc(0),
    text: () => Buffer.concat(parts).toString('utf8'),
  };
}

/**
 * `activate-guarded BRIEF`: arms a guard, then activates the new system with `test`, so that profile and boot default stay on the old one,
 * and says how that went. From then on the guard alone decides what stays; the step itself undoes nothing.
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
  // A link may lead elsewhere by the time that the guard follows it.
  const guard = { ...given, new: system, set: given.set.map((arg) => (arg === given.new ? system : arg)) };
  const failedBefore = await listFailedUnits(io);
  const before = {
    old,
    profilePath: await readSystemPath([guard.profile]),
    generation: await readGeneration(guard.profile),
    bootPath: await readBootPath(),
  };
  const folder = await armGuard(guard, before, io.clock);
  if (typeof folder === 'string') return refuse(folder);

  await writeEvidence(io, 'systemPathBefore', old);
  await writeJsonEvidence(io, 'guarded', true);
  if (activation.rollback) await sayRollback(io, activation.rollback);
  io.say(`guarded: without a confirmation the host goes back ${guard.confirmMs / 1000} s after the activation`);
  folder.mark('activating');
  const { code } = await io.run([`${guard.new}/bin/switch-to-configuration`, 'test']);
  if (code === 0 || code === UNITS_FAILED) folder.mark('activated');
  await writeAfter(io, activation);
  await tellFailedUnits(io, failedBefore);
  if (code === 0 || code === UNITS_FAILED) return code;
  if (code === NEEDS_REBOOT) {
    await writeJsonEvidence(io, 'failure', {
      code: 'switch_inhibited',
      message:
        'The new system cannot take the place of the running one without a reboot (exit 100); nothing was changed',
    });
    folder.decide('disarm');
    return code;
  }
  await writeJsonEvidence(io, 'failure', {
    code: 'activation_failed',
    message: `The activation failed (exit ${code}); the guard goes back to ${old}`,
  });
  // What the command left is to be on disk before the guard ends it.
  folder.decide('activation');
  return code;
};

/** Those that had failed before are not this activation's: it forgets them first, so they are among the others only if they fail again. */
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
