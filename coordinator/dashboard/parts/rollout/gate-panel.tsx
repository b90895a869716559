import { For, Show } from 'solid-js';
import type { Look } from '../../../../shared/looks/looks.ts';
import { type GateLight, type GateLightName, isActiveRollout, type Rollout } from '../../../../shared/model/rollout.ts';
import { api } from '../../app/api.ts';
import { useLive } from '../../app/context.ts';
import { createRemote } from '../../app/remote.ts';
import { Badge } from '../basics/badge.tsx';

const LOOK_MS = 5_000;

const LIGHTS: Readonly<Record<GateLight['state'], Look>> = {
  holds: { tone: 'ok', shape: 'check', word: 'Holds' },
  broken: { tone: 'error', shape: 'cross', word: 'Broken' },
  unobserved: { tone: 'unknown', shape: 'question', word: 'Not seen' },
  off: { tone: 'quiet', shape: 'dash', word: 'Off' },
};

const NAMES: Readonly<Record<GateLightName, string>> = {
  presence: 'Online',
  agent: 'Agent',
  system: 'System',
  tests: 'Tests',
  units: 'Failed units',
};

/** The gate of the present wave, part by part, requested every few seconds while the rollout runs. */
export function GatePanel(props: { rollout: Rollout }) {
  const live = useLive();
  const key = () => {
    const { id, rev, status } = props.rollout;
    if (!isActiveRollout(status) || status === 'AWAITING_APPROVAL') return null;
    return status === 'RUNNING' ? `${id} ${rev} ${Math.floor(live.now() / LOOK_MS)}` : `${id} ${rev}`;
  };
  const gate = createRemote(key, () => api.rolloutGate(props.rollout.id));
  const lights = () => (key() === null ? [] : (gate.body()?.lights ?? []));
  const wave = () => props.rollout.waves[gate.body()?.wave ?? -1];
  return (
    <Show when={lights().length > 0}>
      <section aria-labelledby="gate-title">
        <h2 id="gate-title">Gate{wave() ? ` of ${wave()?.name}` : ''}</h2>
        <ul class="gate">
          <For each={lights().map(({ name }) => name)}>
            {(name) => (
              <Show when={lights().find((one) => one.name === name)}>
                {(light) => (
                  <li data-tone={LIGHTS[light().state].tone}>
                    <span class="strong">{NAMES[name]}</span>
                    <Badge look={LIGHTS[light().state]} />
                    <span class="says">
                      <Show when={light().hosts > 0}>
                        <span class="num">
                          {light().holding} of {light().hosts}
                        </span>{' '}
                      </Show>
                      {light().message ?? ''}
                    </span>
                  </li>
                )}
              </Show>
            )}
          </For>
        </ul>
        <p class="hint">Time in which a part is not seen does not count: it extends the soak.</p>
      </section>
    </Show>
  );
}
