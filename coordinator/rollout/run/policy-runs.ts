import { isActiveRollout, type Rollout } from '../../../shared/model/rollout.ts';
import type { Target } from '../../../shared/model/target.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import { permitOp } from '../../auth/permissions.ts';
import type { Principal } from '../../auth/principal.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Roster } from '../../hosts/roster.ts';
import type { PolicyFacts } from '../policy.ts';
import type { Book } from './book.ts';
import type { Policy, PolicyStates } from './policy-states.ts';
import type { Rollouts } from './rollouts.ts';
import type { Runner } from './runner.ts';

/** The runs of policies: the facts that decide whether one may begin, and its beginning (policies.ts, P1 and P2). */
export type PolicyRuns = {
  factsOf(policy: Policy): PolicyFacts;
  /**
   * Begins a run in place of the rollout `supersedes`, if it names one. `by`: the policy itself, if not a person. Rejects as
   * `Rollouts.create` does, and with `forbidden` if they may not end that rollout.
   */
  begin(policy: Policy, supersedes: string | null, by?: Principal): Promise<void>;
};

export type PolicyRunsDeps = {
  clock: Clock;
  ledger: Pick<Ledger, 'commit'>;
  roster: Pick<Roster, 'byId'>;
  runner: Pick<Runner, 'books' | 'find' | 'decide'>;
  rollouts: Pick<Rollouts, 'create'>;
  target: () => Target | null;
  states: Pick<PolicyStates, 'nextAt' | 'put'>;
};

export function createPolicyRuns(deps: PolicyRunsDeps): PolicyRuns {
  const { clock, ledger, roster, runner, rollouts, target, states } = deps;

  function activeOf({ actor }: Policy): Book | null {
    for (const book of runner.books()) {
      const { createdBy, status } = book.record.rollout;
      if (createdBy === actor && isActiveRollout(status)) return book;
    }
    return null;
  }

  return {
    factsOf(policy) {
      const book = activeOf(policy);
      const active = book?.record.rollout ?? null;
      const reason = book?.record.held ? 'person' : (active?.reason?.code ?? null);
      const dealtWith = policy.state?.commit ?? null;
      return {
        target: target()?.commit ?? null,
        dealtWith,
        dueAt: states.nextAt(policy),
        now: clock.now(),
        active: active && {
          id: active.id,
          status: active.status,
          reason,
          commit: active.commit ?? dealtWith,
        },
      };
    },
    async begin(policy, supersedes, by = allowed(policy)) {
      const { name, rollout } = policy.config;
      const at = clock.now();
      const commit = target()?.commit ?? null;
      const old = supersedes === null ? null : runner.find(supersedes);
      policy.isStarting = true;
      try {
        const plan = { ...rollout, name: rollout.name ?? name };
        const keep = ({ id }: Rollout): void => {
          states.put(policy, { handledAt: at, lastRunAt: at, rolloutId: id, ...(commit !== null && { commit }) });
          policy.waiting = null;
        };
        const before = (): void => {
          if (!old) return;
          const hosts = [...old.rows.keys()].flatMap((id) => roster.byId(id) ?? []);
          for (const { op } of old.record.rollout.steps) permitOp(by, op, hosts);
          const message = `a newer commit came: ${commit?.slice(0, 12)}`;
          runner.decide(old, { type: 'supersede', at, message });
        };
        await rollouts.create(plan, by, keep, { actor: policy.actor, before });
        await ledger.commit();
      } finally {
        policy.isStarting = false;
      }
    },
  };
}

const allowed = ({ actor }: Policy): Principal => ({
  actor,
  grants: [{ role: 'admin' }],
  needsStepUp: () => false,
});
