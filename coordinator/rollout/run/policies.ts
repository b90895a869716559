import { SwitchyardError } from '../../../shared/api/errors.ts';
import type { EventDraft } from '../../../shared/model/event.ts';
import type { PolicyView } from '../../../shared/model/policy.ts';
import type { TimerHandle } from '../../../shared/time/clock.ts';
import { permitOp } from '../../auth/permissions.ts';
import type { Principal } from '../../auth/principal.ts';
import type { PolicyConfig } from '../../config/policies.ts';
import type { Feed } from '../../engine/changes.ts';
import type { Guard } from '../../engine/guard.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Roster } from '../../hosts/roster.ts';
import type { StoredPolicy } from '../../store/records.ts';
import { isDue, stepOf } from '../policy.ts';
import { COMING_BACK_MS } from './hearing.ts';
import { createPolicyRuns, type PolicyRunsDeps } from './policy-runs.ts';
import { createPolicyStates, type Policy } from './policy-states.ts';

/**
 * Rollouts that start by themselves (docs/rollouts.md, Policies).
 *
 * P1 A run and its cause are recorded in one turn, so that a restart neither repeats nor forgets a run.
 * P2 One rollout of a policy is active at a time. Runs that come due meanwhile, or while the coordinator is down, become one.
 * P3 A run that cannot begin stays due and says why.
 */
export type Policies = {
  /** In the order of CONFIG. */
  list(): PolicyView[];
  /** Begins a run now. Rejects with `unknown_policy`, `rollout_state` while one is active, `forbidden` where it would stop a rollout of other hosts, or as `Rollouts.create` does. */
  run(name: string, principal: Principal): Promise<PolicyView>;
  /** Reject with `unknown_policy`, `forbidden`. Times that pass while it is paused are not made up for. */
  pause(name: string, principal: Principal): Promise<PolicyView>;
  resume(name: string, principal: Principal): Promise<PolicyView>;
  close(): void;
};

export type PoliciesDeps = Omit<PolicyRunsDeps, 'states'> & {
  ledger: Ledger;
  feed: Feed;
  guard: Guard;
  roster: Pick<Roster, 'all'>;
  configs: readonly PolicyConfig[];
  stored: readonly StoredPolicy[];
};

const LOOK_MS = 15_000;
const SOON_MS = 100;

export function createPolicies(deps: PoliciesDeps): Policies {
  const { clock, ledger, feed, guard } = deps;
  const states = createPolicyStates(deps);
  const { all: policies, find, nextAt, put, view } = states;
  const runs = createPolicyRuns({ ...deps, states });
  // A rollout made before hosts had time to come back would take them for offline.
  const startsAt = clock.monotonic() + COMING_BACK_MS;
  let timer: { handle: TimerHandle; at: number } | null = null;

  function lookIn(ms: number): void {
    const at = Math.max(startsAt, clock.monotonic() + ms);
    if (policies.length === 0 || (timer && timer.at <= at)) return;
    clock.clearTimeout(timer?.handle);
    timer = { at, handle: clock.setTimeout(lookAtAll, at - clock.monotonic()) };
  }

  function lookAtAll(): void {
    timer = null;
    for (const policy of policies) guard('a policy', () => look(policy));
    const times = policies.map((policy) => (nextAt(policy) ?? 0) - clock.now());
    lookIn(Math.min(LOOK_MS, ...times.filter((ms) => ms > 0)));
  }

  function look(policy: Policy): void {
    const facts = runs.factsOf(policy);
    const on = policy.config.cron ? 'cron' : 'target';
    // A new policy follows only later commits and times.
    if (!policy.state || (on === 'target' && policy.state.commit === null)) {
      if (on === 'cron' || facts.target !== null) put(policy, { commit: facts.target });
      return;
    }
    if (policy.isStarting) return;
    if (policy.state.paused || !isDue(facts, on)) {
      policy.waiting = null;
      return;
    }
    if (clock.monotonic() < policy.retryAt) return;
    const step = stepOf(facts);
    if (step.kind === 'wait') {
      wait(policy, { code: 'rollout_state', message: step.message });
      return;
    }
    void runs.begin(policy, step.supersedes).catch((error: unknown) => {
      const { code, message } =
        error instanceof SwitchyardError ? error : new SwitchyardError('internal_error', String(error));
      policy.retryAt = clock.monotonic() + LOOK_MS;
      wait(policy, { code, message });
    });
  }

  function wait(policy: Policy, waiting: NonNullable<PolicyView['waiting']>): void {
    if (policy.waiting?.code !== waiting.code) ledger.event(waitsEvent(policy, waiting.message, clock.now()));
    policy.waiting = waiting;
  }

  /** Needs a grant for the policy's ops on all hosts, because a later run may include any host. */
  async function setPaused(name: string, principal: Principal, paused: boolean): Promise<PolicyView> {
    const policy = find(name);
    for (const { op } of policy.config.rollout.steps) permitOp(principal, op, deps.roster.all());
    const isChange = (policy.state?.paused ?? false) !== paused;
    if (isChange) {
      put(policy, { paused, ...(!paused && { handledAt: clock.now() }) });
      ledger.event(pausedEvent(name, principal.actor, paused, clock.now()));
      await ledger.commit();
      lookIn(SOON_MS);
    }
    return view(policy);
  }

  const unsubscribe = feed.subscribe((changes) => {
    if (changes.some(({ type }) => type === 'target' || type === 'rollout')) lookIn(SOON_MS);
  });
  lookIn(0);

  return {
    list: () => policies.map(view),
    async run(name, principal) {
      const policy = find(name);
      const step = stepOf(runs.factsOf(policy));
      if (step.kind === 'wait' || policy.isStarting)
        throw new SwitchyardError(
          'rollout_state',
          `${name} cannot run now: ${step.kind === 'wait' ? step.message : 'it is about to'}`,
        );
      await runs.begin(policy, step.supersedes, principal);
      return view(policy);
    },
    pause: (name, principal) => setPaused(name, principal, true),
    resume: (name, principal) => setPaused(name, principal, false),
    close() {
      unsubscribe();
      clock.clearTimeout(timer?.handle);
    },
  };
}

const waitsEvent = ({ actor, config }: Policy, message: string, at: number): EventDraft => ({
  at,
  level: 'warn',
  category: 'system',
  actor,
  code: 'policy_waits',
  message: `A run of the policy ${config.name} is due and waits: ${message}`,
  next: 'it begins as soon as it can',
});

const pausedEvent = (name: string, actor: string, paused: boolean, at: number): EventDraft => ({
  at,
  level: 'info',
  category: 'audit',
  actor,
  code: paused ? 'policy_paused' : 'policy_resumed',
  message: `The policy ${name} was ${paused ? 'paused' : 'resumed'}`,
});
