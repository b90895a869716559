import { SwitchyardError } from '../../../shared/api/errors.ts';
import type { PolicyView } from '../../../shared/model/policy.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import type { PolicyConfig } from '../../config/policies.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { StoredPolicy } from '../../store/records.ts';

/** A policy with its configuration, its stored state and its reason to wait. */
export type Policy = {
  readonly config: PolicyConfig;
  readonly actor: string;
  /** Null until the first look. */
  state: StoredPolicy | null;
  waiting: PolicyView['waiting'];
  /** A run is being planned. */
  isStarting: boolean;
  /** When to retry a run that could not begin, by the monotonic clock. */
  retryAt: number;
};

export type PolicyStates = {
  /** In the order of CONFIG. */
  readonly all: readonly Policy[];
  /** Throws `unknown_policy`. */
  find(name: string): Policy;
  /** The next time of the policy's cron; null for the target and while paused. */
  nextAt(policy: Policy): number | null;
  /** Changes the stored state in the present turn. */
  put(policy: Policy, change: Partial<StoredPolicy>): void;
  view(policy: Policy): PolicyView;
};

export type PolicyStatesDeps = {
  clock: Clock;
  ledger: Pick<Ledger, 'also'>;
  configs: readonly PolicyConfig[];
  stored: readonly StoredPolicy[];
};

export function createPolicyStates({ clock, ledger, configs, stored }: PolicyStatesDeps): PolicyStates {
  const states = new Map(stored.map((state) => [state.name, state]));
  const all = configs.map(
    (config): Policy => ({
      config,
      actor: `policy:${config.name}`,
      state: states.get(config.name) ?? null,
      waiting: null,
      isStarting: false,
      retryAt: 0,
    }),
  );

  const nextAt = ({ config: { cron }, state }: Policy): number | null =>
    cron && state && !state.paused ? cron.times.after(state.handledAt) : null;

  return {
    all,
    find(name) {
      const policy = all.find(({ config }) => config.name === name);
      if (!policy) throw new SwitchyardError('unknown_policy', `CONFIG has no policy ${name}`);
      return policy;
    },
    nextAt,
    put(policy, change) {
      const before = policy.state;
      const fresh = { paused: false, handledAt: clock.now(), commit: null, lastRunAt: null, rolloutId: null };
      const state = { ...fresh, ...before, ...change, name: policy.config.name };
      policy.state = state;
      ledger.also({ type: 'policy', policy: state }, () => {
        policy.state = before;
      });
    },
    view(policy) {
      const { config, state, waiting } = policy;
      return {
        name: config.name,
        on: config.cron ? 'cron' : 'target',
        rollout: config.rollout,
        cron: config.cron?.pattern ?? null,
        timezone: config.cron?.timezone ?? null,
        paused: state?.paused ?? false,
        nextAt: nextAt(policy),
        commit: state?.commit ?? null,
        lastRunAt: state?.lastRunAt ?? null,
        rolloutId: state?.rolloutId ?? null,
        waiting,
      };
    },
  };
}
