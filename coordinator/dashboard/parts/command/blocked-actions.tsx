import { Show } from 'solid-js';
import type { DispatchResult } from '../../../../shared/model/dispatch.ts';
import { FORCIBLE, PASSING } from '../../../../shared/model/outcomes.ts';
import { useApp } from '../../app/context.ts';
import { Icon } from '../basics/icon.tsx';

/** A failed kill or cancel can't be retried from here: without its command it would aim at anything that runs by then. */
export const actsOnCommands = (op: string): boolean => op === 'kill' || op === 'cancel';

/** Actions for a blocked command: its alternative, Force, or the queue. */
export function BlockedActions(props: { op: string; result: Pick<DispatchResult, 'host' | 'code' | 'alternative'> }) {
  const { canAct, may, openDispatch } = useApp();
  const hosts = () => [props.result.host];
  return (
    <Show when={may('operator')}>
      <div class="actions">
        <Show when={props.result.alternative}>
          {(op) => (
            <button
              type="button"
              class="button small"
              aria-label={`Run ${op()} instead… on ${props.result.host}`}
              disabled={!canAct()}
              onClick={() => openDispatch({ op: op(), hosts: hosts() })}
            >
              <Icon name="play" />
              Run {op()} instead…
            </button>
          )}
        </Show>
        <Show when={!actsOnCommands(props.op)}>
          <Show when={FORCIBLE.has(props.result.code ?? '')}>
            <button
              type="button"
              class="button small"
              aria-label={`Force… ${props.op} on ${props.result.host}`}
              disabled={!canAct()}
              onClick={() => openDispatch({ op: props.op, hosts: hosts(), force: true })}
            >
              Force…
            </button>
          </Show>
          <Show when={PASSING.has(props.result.code ?? '')}>
            <button
              type="button"
              class="button small"
              aria-label={`Queue… ${props.op} on ${props.result.host}`}
              disabled={!canAct()}
              onClick={() => openDispatch({ op: props.op, hosts: hosts(), queueMs: 2 * 3_600_000 })}
            >
              Queue…
            </button>
          </Show>
        </Show>
      </div>
    </Show>
  );
}
