import { isToken } from '../../../shared/model/actor.ts';
import type { WhoAmI } from '../../../shared/model/grant.ts';
import { makerOf, type RolloutMaker } from '../../../shared/model/rollout.ts';

/** Whether this caller can approve the rollout: with `twoPeople` only a person other than its maker, and no token. True until it is known. */
export const mayApprove = (me: Pick<WhoAmI, 'twoPeople' | 'actor'> | null, rollout: RolloutMaker): boolean =>
  !me?.twoPeople || (me.actor !== makerOf(rollout) && !isToken(me.actor));
