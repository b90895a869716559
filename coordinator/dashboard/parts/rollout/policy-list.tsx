import { createMemo, For, Show } from 'solid-js';
import type { PolicyView } from '../../../../shared/model/policy.ts';
import { busy, decidePolicy } from '../../app/actions.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { createRemote } from '../../app/remote.ts';
import { rolloutPath } from '../../app/router.ts';
import { Time } from '../basics/time.tsx';

const LOOK_MS = 15_000;

/** Policies of CONFIG: when each runs next, its last rollout, and its decisions. */
export function PolicyList() {
  const { live } = useApp();
  /** Runs begin by themselves, so a new rollout or passed time triggers a request. */
  const key = createMemo(() => `${live.rollouts()[0]?.id} ${Math.floor(live.now() / LOOK_MS)}`);
  const remote = createRemote(key, () => api.policies());
  const names = () => (remote.body() ?? []).map(({ name }) => name);
  return (
    <Show when={names().length > 0}>
      <section aria-labelledby="policies-title">
        <h2 id="policies-title">Policies</h2>
        <ul class="policies">
          <For each={names()}>
            {(name) => (
              <Show when={remote.body()?.find((one) => one.name === name)}>
                {(policy) => <Row policy={policy()} onDecided={remote.reload} />}
              </Show>
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}

function Row(props: { policy: PolicyView; onDecided: () => void }) {
  const { canAct, may } = useApp();
  const off = () => !canAct() || busy();
  const decide = (word: 'run' | 'pause' | 'resume') =>
    void decidePolicy(props.policy.name, word).then(() => props.onDecided());
  const trigger = () =>
    props.policy.on === 'target' ? 'at each new target commit' : `${props.policy.cron} ${props.policy.timezone}`;
  return (
    <li>
      <span class="strong">{props.policy.name}</span>
      <span class="says">
        {props.policy.rollout.steps.map(({ op }) => op).join(' → ')}, {trigger()}.{' '}
        <Show when={props.policy.paused}>
          <b>Paused.</b>{' '}
        </Show>
        <Show when={props.policy.nextAt}>
          {(at) => (
            <>
              Next <Time at={at()} />.{' '}
            </>
          )}
        </Show>
        <Show when={props.policy.waiting}>
          {(waiting) => <span class="overdue">Waits: {waiting().message}. </span>}
        </Show>
        <Show when={props.policy.rolloutId}>{(id) => <a href={rolloutPath(id())}>Its last rollout</a>}</Show>
      </span>
      <Show when={may('operator')}>
        <span class="actions">
          <button
            type="button"
            class="button small"
            aria-label={`Run ${props.policy.name} now`}
            disabled={off()}
            onClick={() => decide('run')}
          >
            Run now
          </button>
          <button
            type="button"
            class="button small"
            aria-label={`${props.policy.paused ? 'Resume' : 'Pause'} ${props.policy.name}`}
            disabled={off()}
            onClick={() => decide(props.policy.paused ? 'resume' : 'pause')}
          >
            {props.policy.paused ? 'Resume' : 'Pause'}
          </button>
        </span>
      </Show>
    </li>
  );
}
