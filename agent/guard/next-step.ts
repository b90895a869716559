import type { GuardEndKind } from '../../shared/ops/guard.ts';
import type { GuardSeen, Mark } from './guard-folder.ts';
import type { GuardPlan, Word } from './guard-plan.ts';

/** The state of a host with a guard's plan. */
export type Scene = {
  plan: Pick<GuardPlan, 'old' | 'new' | 'profileBefore' | 'bootId'>;
  /** The guard's folder; null if it is gone, as it is after a reboot. */
  seen: Pick<GuardSeen, 'end' | 'pid'> | null;
  /** Whether the guard's process lives. */
  lives: boolean;
  bootId: string;
  /** The plan was made a moment ago. */
  isArming: boolean;
  active: string | null | undefined;
  profilePath: string | null | undefined;
};

export type NextStep =
  /** The guard goes on by itself. */
  | { kind: 'wait' }
  /** Restart the guard; its folder is complete. */
  | { kind: 'start' }
  /** Rewrite the guard's folder with these marks and this decision, and start the guard. */
  | { kind: 'lay'; marks: readonly Mark[]; word: Word | null }
  /** The guard has ended like this; null: as the folder records. */
  | { kind: 'ended'; end: { kind: GuardEndKind | 'unused'; message: string } | null };

/**
 * Decides what an agent does with a plan that it finds.
 *
 * A lost folder takes the decision with it, but the host's state says enough. An activation moves neither profile nor boot default. So a
 * boot into the new system means that a keep had reached the boot loader: the keep goes on. A boot into the old one is an undo: it restores
 * the profile if a keep had moved it. A third system is a person's own choice.
 */
export function nextStepOf({ plan, seen, lives, bootId, isArming, active, profilePath }: Scene): NextStep {
  if (seen?.end) return { kind: 'ended', end: null };
  if (seen) return { kind: lives ? 'wait' : 'start' };
  if (isArming && bootId === plan.bootId) return { kind: 'wait' };
  // A profile that led there before does not prove a keep.
  const isKeepBegun = profilePath === plan.new && plan.profileBefore !== plan.new;
  if (active === plan.new && active !== plan.old)
    return { kind: 'lay', marks: ['activating', 'activated'], word: isKeepBegun ? 'keep' : null };
  if (active !== plan.old)
    return { kind: 'ended', end: { kind: 'superseded', message: `${active ?? 'nothing'} is active` } };
  if (profilePath !== plan.profileBefore) return { kind: 'lay', marks: ['activating'], word: 'reboot' };
  // The folder is written before any activation, so nothing was activated.
  if (bootId === plan.bootId) return { kind: 'ended', end: { kind: 'unused', message: 'it was never armed' } };
  return { kind: 'ended', end: { kind: 'undone', message: 'the host was rebooted into the old system' } };
}
