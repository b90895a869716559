import type { WhoAmI } from '../../../shared/grant.ts';

/** Whether this caller can approve a rollout by that maker: with `twoPeople` only another person, and no token. True until it is known. */
export const mayApprove = (me: Pick<WhoAmI, 'twoPeople' | 'actor'> | null, createdBy: string): boolean =>
  !me?.twoPeople || (me.actor !== createdBy && !me.actor.startsWith('token:'));
