import { isPerson, isToken } from '../../shared/model/actor.ts';
import type { Grant } from '../../shared/model/grant.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { ApiTokens } from './api-tokens.ts';
import type { Principal } from './principal.ts';

export type PrincipalsDeps = {
  apiTokens: Pick<ApiTokens, 'byActor'>;
  /** `ops`: those that need a step-up. */
  stepUp: { ops: readonly string[] };
  clock: Pick<Clock, 'now'>;
};

/** Makes the principals of callers with grants of their own. */
export function createPrincipals({ apiTokens, stepUp, clock }: PrincipalsDeps) {
  const tokenOf = (actor: string): { tokenOf?: string } => {
    const maker = isToken(actor) ? apiTokens.byActor(actor)?.createdBy : undefined;
    return maker !== undefined && isPerson(maker) ? { tokenOf: maker } : {};
  };

  return (actor: string, grants: () => readonly Grant[], steppedUpUntil: () => number | null): Principal => ({
    actor,
    ...tokenOf(actor),
    get grants() {
      return grants();
    },
    needsStepUp: (op) => (op === null || stepUp.ops.includes(op)) && (steppedUpUntil() ?? 0) <= clock.now(),
  });
}
