import { For, Show } from 'solid-js';
import type { DispatchRequest } from '../../../../shared/model/dispatch.ts';
import { useApp } from '../../app/context.ts';
import { firstNames } from '../../words/first-names.ts';
import { FaultLine } from '../basics/fault-line.tsx';
import { StepUpHint } from '../step-up/hint.tsx';
import type { DispatchOrder } from './order.ts';
import { RunsThere } from './runs-there.tsx';

const HOUR = 3_600_000;
const QUEUES = [
  ['0', 'No: answer at once'],
  [String(HOUR / 6), '10 minutes'],
  [String(2 * HOUR), '2 hours'],
  [String(24 * HOUR), 'a day'],
] as const;
/** Asks what to run on the given hosts. */
export function DispatchForm(props: { draft: Partial<DispatchRequest>; order: DispatchOrder; onClose: () => void }) {
  const { canAct } = useApp();
  const { hosts, named, aim, choices, chosen, op, setOp, force, setForce, queueMs, setQueueMs, reboots } = props.order;
  const { isSending, send, fault } = props.order;
  return (
    <form onSubmit={(event) => void send(event)}>
      <p class="targets">{firstNames(named())}</p>
      <label class="field">
        <span>Op</span>
        <select
          value={op()}
          onChange={(event) => setOp(event.currentTarget.value)}
          autofocus={props.draft.op === undefined}
        >
          <Show when={choices().length === 0}>
            <option value={op()}>{op()}</option>
          </Show>
          <For each={choices()}>
            {({ id }) => (
              <option value={id} selected={id === op()}>
                {id}
              </option>
            )}
          </For>
        </select>
      </label>
      <p class="hint">{chosen()?.description ?? ' '}</p>
      <label class="field">
        <span>Wait for busy or offline hosts</span>
        <select value={queueMs()} onChange={(event) => setQueueMs(event.currentTarget.value)}>
          <For each={QUEUES}>
            {([ms, words]) => (
              <option value={ms} selected={ms === queueMs()}>
                {words}
              </option>
            )}
          </For>
        </select>
      </label>
      <label class="check">
        <input type="checkbox" checked={force()} onChange={(event) => setForce(event.currentTarget.checked)} />
        <span>
          {reboots()
            ? 'Force: reboot also in the middle of an activation, which may leave half a system'
            : 'Force: run it also where there seems to be nothing to do'}
        </span>
      </label>
      <Show when={reboots()}>
        <RunsThere hosts={hosts()} />
      </Show>
      <FaultLine fault={fault()} />
      <StepUpHint what={`${op()} here`} op={op()} />
      <footer>
        <button
          type="button"
          class="button plain"
          autofocus={props.draft.op !== undefined && reboots()}
          onClick={() => props.onClose()}
        >
          Cancel
        </button>
        <button
          type="submit"
          autofocus={props.draft.op !== undefined && !reboots()}
          class={reboots() ? 'button danger' : 'button primary'}
          disabled={!canAct() || isSending() || hosts().length === 0}
        >
          {reboots() ? `Reboot ${aim()}` : `Run ${op()} on ${aim()}`}
        </button>
      </footer>
    </form>
  );
}
