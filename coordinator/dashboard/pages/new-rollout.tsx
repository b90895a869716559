import { createEffect, createSignal, on, Show } from 'solid-js';
import { sizeOf } from '../../../shared/looks/rollout-look.ts';
import { newKey } from '../app/actions.ts';
import { api } from '../app/api.ts';
import { useApp } from '../app/context.ts';
import { createRemote, type Fault } from '../app/remote.ts';
import { createRolloutDraft } from '../app/rollout-draft.ts';
import { navigate, rolloutPath } from '../app/router.ts';
import { createSelection } from '../app/selection.ts';
import { FaultLine } from '../parts/basics/fault-line.tsx';
import { RolloutForm } from '../parts/rollout/form.tsx';
import { WavePlanList } from '../parts/rollout/wave-plan.tsx';
import { plural } from '../words/duration.ts';

/** Makes a rollout; the coordinator's plan stands beside the form. */
export function NewRollout() {
  const { live, canAct, may } = useApp();
  const selection = createSelection();
  const selected = () => selection.of(live.hosts().map(({ name }) => name));
  const draft = createRolloutDraft(selected);
  const [isSending, setSending] = createSignal(false);
  const [refused, setRefused] = createSignal<string | null>(null);
  const plan = createRemote(draft.request, (request) => api.planRollout(request));
  // The same request sent twice makes one rollout.
  let key = newKey();
  createEffect(
    on(draft.request, () => {
      key = newKey();
      setRefused(null);
    }),
  );
  const isWhere = (fault: Fault): boolean => fault.code === 'invalid_where';
  const whereFault = () => {
    const fault = plan.fault();
    if (!draft.request() || !fault || !isWhere(fault)) return null;
    const before = draft.where().slice(0, fault.position);
    return before === '' ? fault.detail : `After “${before}”: ${fault.detail}`;
  };
  const planFault = () => {
    const fault = plan.fault();
    return draft.request() && fault && !isWhere(fault) ? fault.detail : null;
  };
  /** The plan of the present request. The previous plan stays in sight while the new one loads or is refused. */
  const isPlanned = () => draft.request() !== null && plan.fault() === null && plan.body() !== undefined;
  const size = () =>
    sizeOf(plan.body()?.counts ?? { waiting: 0, running: 0, proven: 0, failed: 0, deferred: 0, skipped: 0 });

  async function start(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const request = draft.request();
    if (!request || isSending()) return;
    setSending(true);
    const answer = await api.startRollout(request, key);
    setSending(false);
    if (answer.ok) navigate(rolloutPath(answer.body.id));
    else setRefused(answer.detail);
  }

  return (
    <>
      <h1>New rollout</h1>
      <Show when={may('operator')} fallback={<p>You may see rollouts, not make them: that takes the role operator.</p>}>
        <form class="two-columns" onSubmit={(event) => void start(event)}>
          <section class="rollout-form" aria-label="What goes where">
            <RolloutForm
              draft={draft}
              selected={selected()}
              onClearSelected={() => selection.set([])}
              whereFault={whereFault()}
            />
          </section>
          <section aria-labelledby="plan-title">
            <h2 id="plan-title">Who goes when</h2>
            <div aria-live="polite">
              <Show when={draft.fault()}>{(text) => <p class="hint">{text()}</p>}</Show>
              <Show when={planFault()}>{(text) => <p class="fault">{text()}</p>}</Show>
            </div>
            <Show when={isPlanned() && plan.body()}>{(made) => <WavePlanList plan={made()} />}</Show>
            <FaultLine fault={refused()} />
            <div class="actions">
              <button type="submit" class="button primary" disabled={!canAct() || !isPlanned() || isSending()}>
                {isPlanned() ? `Roll out to ${plural(size(), 'host')}` : 'Roll out'}
              </button>
            </div>
          </section>
        </form>
      </Show>
    </>
  );
}
