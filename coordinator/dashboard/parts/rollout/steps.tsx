import { createMemo, For, Show } from 'solid-js';
import { api } from '../../app/api.ts';
import { createRemote } from '../../app/remote.ts';
import type { RolloutDraft } from '../../app/rollout-draft.ts';
import { ChoiceField } from '../basics/text-field.tsx';

const MAX_STEPS = 8;

/** The ops that a new rollout runs on each host, in order. */
export function RolloutSteps(props: { draft: RolloutDraft }) {
  const ops = createRemote(
    () => 'ops',
    () => api.ops(),
  );
  const choices = createMemo(() => {
    const known = (ops.body() ?? []).filter(({ executor }) => executor === 'agent').map(({ id }) => id);
    const all = known.includes(props.draft.op()) ? known : [props.draft.op(), ...known];
    return all.map((id) => [id, id] as const);
  });
  const steps = () => [props.draft.op(), ...props.draft.more()];
  const setStep = (at: number, id: string) => {
    if (at === 0) props.draft.setOp(id);
    else props.draft.setMore((known) => known.map((one, index) => (index === at - 1 ? id : one)));
  };
  return (
    <>
      <For each={steps().map((_, at) => at)}>
        {(at) => (
          <div class="step-line">
            <ChoiceField
              label={at === 0 ? 'Op' : `Then, step ${at + 1}`}
              value={steps()[at] ?? ''}
              choices={choices()}
              onChoose={(id) => setStep(at, id)}
            />
            <Show when={at > 0}>
              <button
                type="button"
                class="button small"
                aria-label={`Leave out step ${at + 1}`}
                onClick={() => props.draft.setMore((known) => known.filter((_, index) => index !== at - 1))}
              >
                Leave out
              </button>
            </Show>
          </div>
        )}
      </For>
      <Show when={steps().length < MAX_STEPS}>
        <button
          type="button"
          class="button small add-step"
          onClick={() => props.draft.setMore((known) => [...known, 'reboot'])}
        >
          Add a step
        </button>
      </Show>
    </>
  );
}
