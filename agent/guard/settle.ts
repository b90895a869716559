import type { GuardEndKind } from '../../shared/guard.ts';
import type { GuardSeen, Mark } from './guard-folder.ts';
import type { GuardPlan, Word } from './guard-plan.ts';

/** What a host shows of an activation whose guard has a plan. */
export type Scene = {
  plan: Pick<GuardPlan, 'old' | 'new' | 'profileBefore' | 'bootId'>;
  /** Of the guard's folder; null where that is gone, as after a reboot. */
  seen: Pick<GuardSeen, 'end' | 'pid'> | null;
  /** Its process lives. */
  lives: boolean;
  bootId: string;
  /** The plan was made a moment ago. */
  isArming: boolean;
  active: string | null | undefined;
  profilePath: string | null | undefined;
};

export type Settlement =
  /** The guard goes on by itself. */
  | { kind: 'wait' }
  /** It is to be started, as it was. */
  | { kind: 'start' }
  /** Its folder is to be laid anew, with these marks and this decision, and the guard started. */
  | { kind: 'lay'; marks: readonly Mark[]; word: Word | null }
  /** It has ended: with the folder's own last word, or with this one. */
  | { kind: 'ended'; end: { kind: GuardEndKind | 'unused'; message: string } | null };

/**
 * What is to be done about a plan, by whichever agent finds it.
 *
 * Without its folder the decision is gone with it; what the host shows says enough. An activation moves neither profile nor boot default, so
 * a boot leads into the new system only behind a keep that came as far as the boot loader: that goes on. A boot into the old one is an undo,
 * and a profile that a keep had moved goes back. Any third system is somebody's own choice.
 */
export function settlementOf({ plan, seen, lives, bootId, isArming, active, profilePath }: Scene): Settlement {
  if (seen?.end) return { kind: 'ended', end: null };
  if (seen) return { kind: lives ? 'wait' : 'start' };
  if (isArming && bootId === plan.bootId) return { kind: 'wait' };
  if (active === plan.new && active !== plan.old)
    return { kind: 'lay', marks: ['activating', 'activated'], word: profilePath === plan.new ? 'keep' : null };
  if (active !== plan.old)
    return { kind: 'ended', end: { kind: 'superseded', message: `${active ?? 'nothing'} is active` } };
  if (profilePath !== plan.profileBefore) return { kind: 'lay', marks: ['activating'], word: 'reboot' };
  // Its folder is laid before anything is activated.
  if (bootId === plan.bootId) return { kind: 'ended', end: { kind: 'unused', message: 'it was never armed' } };
  return { kind: 'ended', end: { kind: 'undone', message: 'the host was rebooted into the old system' } };
}
