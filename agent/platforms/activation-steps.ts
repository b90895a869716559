import { ACTIVATION_PHASE, type RollbackGoal } from '../../shared/model/report.ts';
import { CONFIRM_MS } from '../../shared/ops/guard.ts';
import { builtinOp } from '../../shared/ops/ops.ts';
import type { GuardBrief } from '../guard/arm.ts';
import type { CommandContext, Step } from '../spool/platform.ts';
import { type ActivationBrief, activationArgs } from './nix/activation.ts';
import { readGeneration, readSystemPath } from './nix/generation.ts';
import { guardedSteps } from './nix/guarded-activation.ts';
import { activatedLinks, type NixKind } from './nix-kind.ts';
import { idleFileOf, type PlatformSettings } from './platform-settings.ts';
import { programStep } from './step/step-program.ts';

/** The command that a system is activated for. */
export type Asked = { op: string; context: CommandContext; options: Readonly<Record<string, unknown>> };

/** The system to activate, and the nix-env arguments that point the profile at it. */
export type Goal = { asked: Asked; system: string; setting: readonly string[]; goal?: RollbackGoal };

/**
 * Activates the system and sets the profile, in this platform's order. Under a guard it only activates: the guard sets the profile.
 */
export async function activationSteps(settings: PlatformSettings, kind: NixKind, what: Goal): Promise<Step[]> {
  const { system, setting } = what;
  const brief = await activationBrief(settings, kind, what.goal);
  const check = kind.check ? [programStep(settings.self, 'check', kind.check, system)] : [];
  const guard = guardBrief(settings, kind, what);
  if (guard) return [...check, ...guardedSteps(settings.self, { activation: brief, guard })];
  const profile: Step = { phase: 'profile', argv: ['nix-env', '--profile', kind.system.profile, ...setting] };
  const args = activationArgs(brief, kind.activation(system));
  const activation = programStep(settings.self, ACTIVATION_PHASE, kind.activator, ...args);
  return [...check, ...(kind.profileFollows ? [activation, profile] : [profile, activation])];
}

/** Reads the active system while planning. On some hosts it is the profile's target. */
async function activationBrief(
  settings: PlatformSettings,
  kind: NixKind,
  rollback?: RollbackGoal,
): Promise<ActivationBrief> {
  const links = [...activatedLinks(kind)];
  const { unitsFailedCode, profileBoots } = kind;
  const { profile } = kind.system;
  return {
    before: await readSystemPath(links),
    links,
    profile,
    profileBefore: await readGeneration(profile),
    idleFile: idleFileOf(settings),
    unitsFailedCode,
    profileBoots,
    ...(rollback && { rollback }),
  };
}

/** Null if the activation is not guarded. */
function guardBrief(
  { guard, stateDir }: PlatformSettings,
  { guarded: kind, system: { profile, links } }: NixKind,
  { asked, system, setting }: Goal,
): GuardBrief | null {
  const { guard: wanted, confirmMs } = asked.options;
  if (!kind || !guard?.isKnown() || (wanted ?? guard.mode) !== 'on') return null;
  const [current = ''] = links;
  const { bootId, agentUnit, inUnit, runDir, reboots, environment } = guard;
  return {
    kind,
    bootId,
    agentUnit,
    inUnit,
    runDir,
    reboots,
    environment: { ...environment },
    stateDir,
    current,
    profile,
    commandId: asked.context.commandId,
    new: system,
    set: [...setting],
    confirmMs: typeof confirmMs === 'number' ? confirmMs : CONFIRM_MS.usual,
    activationMs: builtinOp(asked.op)?.thresholds.timeoutMs ?? CONFIRM_MS.most,
  };
}
