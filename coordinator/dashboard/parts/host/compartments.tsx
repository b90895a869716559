import { For, Show } from 'solid-js';
import { COMPARTMENT_LOOKS } from '../../../../shared/looks/looks.ts';
import { COMPARTMENTS, type Host } from '../../../../shared/model/host.ts';
import { useApp } from '../../app/context.ts';
import { nextStep } from '../../words/next-step.ts';
import { Badge } from '../basics/badge.tsx';
import { Ago } from '../basics/time.tsx';

/** A host's compartments, each with the op that brings it up to date. */
export function HostCompartments(props: { host: Host }) {
  const { openDispatch, canAct, may } = useApp();
  return (
    <section aria-labelledby="compartments-title">
      <h2 id="compartments-title">Compartments</h2>
      <Show when={!props.host.online && props.host.lastSeenAt !== null}>
        <p class="hint">As they were when the host was last seen.</p>
      </Show>
      <ul class="compartment-list">
        <For each={COMPARTMENTS}>
          {(name) => {
            const one = () => props.host.compartments[name];
            const step = () => props.host.lastSeenAt !== null && nextStep(props.host, name);
            return (
              <li>
                <span class="strong">{name}</span>
                <Badge look={COMPARTMENT_LOOKS[one().status]} />
                <span class="says">{one().message}</span>
                <span class="quiet">
                  <Ago at={one().since} none="" />
                </span>
                <Show when={may('operator') && step()}>
                  {(op) => (
                    <button
                      type="button"
                      class="button small"
                      disabled={!canAct()}
                      onClick={() => openDispatch({ op: op(), hosts: [props.host.name] })}
                    >
                      {op()}…
                    </button>
                  )}
                </Show>
              </li>
            );
          }}
        </For>
      </ul>
    </section>
  );
}
