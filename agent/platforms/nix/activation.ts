import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { RollbackGoal } from '../../../shared/model/report.ts';
import { LIST_FAILED, unitsIn } from '../../report/failed-units.ts';
import { leaveBehind, writeEvidence, writeFailedUnits, writeJsonEvidence } from '../step/evidence.ts';
import type { StepIo, StepProgram } from '../step/step-program.ts';
import { listGenerations, readGeneration, readSystemPath } from './generation.ts';
import { type IdleGeneration, idleGenerations, readIdle, writeIdle } from './idle-generations.ts';

/** Separates the step's arguments from the program to run. */
const PROGRAM_FOLLOWS = '--';

/** An activation's settings, besides its program. */
export const ActivationBrief = Type.Object({
  /** The system active before the command; null if none. */
  before: Type.Union([Type.String(), Type.Null()]),
  /** Links to what is active; the first that leads anywhere counts. */
  links: Type.Array(Type.String()),
  profile: Type.String(),
  /** Where the profile led before the command; null where it led nowhere. */
  profileBefore: Type.Union([Type.Integer(), Type.Null()]),
  /** Holds the generations that never ran, for later rollbacks. */
  idleFile: Type.String(),
  /** Exit code that says that units failed; null where none does. */
  unitsFailedCode: Type.Union([Type.Integer(), Type.Null()]),
  /** The next boot starts what the profile leads to, without a loader of its own. */
  profileBoots: Type.Boolean(),
  rollback: Type.Optional(RollbackGoal),
});
export type ActivationBrief = Static<typeof ActivationBrief>;

/** The arguments of the step that activates with `program`. */
export const activationArgs = (brief: ActivationBrief, program: readonly string[]): string[] => [
  JSON.stringify(brief),
  PROGRAM_FOLLOWS,
  ...program,
];

/**
 * `activate BRIEF -- PROGRAM ARG...`: runs an activation and ends as it does. Leaves as evidence the active system before the command and
 * after it, the profile's target, and the names of failed units. All of its code is loaded before the activation, which may replace it on
 * disk.
 */
export const activate: StepProgram = async ([text = '', , program = '', ...rest], io) => {
  const brief = Value.Parse(ActivationBrief, JSON.parse(text));
  const { before, links, profile, rollback } = brief;
  if (before) await writeEvidence(io, 'systemPathBefore', before);
  if (rollback) await sayRollback(io, rollback);
  const idle = await noteIdle(brief, io, [before]);
  if (rollback && !rollback.wasActive) sayPassedOver(rollback, idle, io);
  const { code } = await io.run([program, ...rest]);
  const after = await readSystemPath(links);
  const path = await readSystemPath([profile]);
  // A system whose activation completed has run, even if no link shows it.
  await noteIdle(brief, io, [after, code === 0 ? path : null], idle);
  await leaveBehind(io, async () => {
    await writeAfter(io, brief);
    const failedUnits = code !== 0 && code === brief.unitsFailedCode ? await listFailedUnits(io) : null;
    if (failedUnits) await writeFailedUnits(io, 'failedUnits', failedUnits);
  });
  return code;
};

/** Says what a rollback will do, to people and to the coordinator. */
export async function sayRollback(io: StepIo, rollback: RollbackGoal): Promise<void> {
  await writeJsonEvidence(io, 'rollback', rollback);
  io.say(wordsOf(rollback));
}

/** Writes the host's state after an activation. */
export async function writeAfter(
  io: StepIo,
  { links, profile, profileBoots }: Pick<ActivationBrief, 'links' | 'profile' | 'profileBoots'>,
): Promise<void> {
  const after = await readSystemPath(links);
  if (after) await writeEvidence(io, 'systemPathAfter', after);
  const path = await readSystemPath([profile]);
  await writeJsonEvidence(io, 'profile', { generation: await readGeneration(profile), path });
  if (path && profileBoots) await writeEvidence(io, 'bootPath', path);
}

function wordsOf({ generation, wasActive, profileBefore }: RollbackGoal): string {
  return wasActive
    ? `generation ${generation} is active, though the profile led to ${profileBefore ?? 'nothing'}: the profile goes back, nothing else changes`
    : `rolling back to generation ${generation}`;
}

/** A rollback makes no generation. The profile's former target counts as run once another system is active. */
async function noteIdle(
  { idleFile, profile, profileBefore, rollback }: ActivationBrief,
  io: StepIo,
  ran: (string | null)[],
  known?: readonly IdleGeneration[],
): Promise<IdleGeneration[]> {
  const idle = idleGenerations(known ?? (await readIdle(idleFile)), {
    generations: await listGenerations(profile),
    profile: rollback ? null : await readGeneration(profile),
    profileBefore: rollback && known ? null : profileBefore,
    ran,
  });
  // A full disk is not a reason to leave the host as it is.
  await writeIdle(idleFile, idle).catch((error) => io.say(`${idleFile}: ${String(error)}`));
  return idle;
}

function sayPassedOver({ generation, profileBefore }: RollbackGoal, idle: readonly IdleGeneration[], io: StepIo): void {
  for (const { number } of idle)
    if (number > generation && number < (profileBefore ?? 0))
      io.say(`generation ${number} is passed over: it never ran, as far as is known`);
}

/** Failed units; null if no systemd answers. systemctl's stderr stays out of the command's output. */
export async function listFailedUnits(io: StepIo): Promise<string[] | null> {
  const { code, stdout } = await io.run(LIST_FAILED, { stdout: 'taken', stderr: 'dropped' });
  return code === 0 ? unitsIn(stdout) : null;
}
