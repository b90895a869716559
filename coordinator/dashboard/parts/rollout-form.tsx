import { createMemo, For, Show } from 'solid-js';
import { lengthInWords } from '../../../shared/spans.ts';
import { api } from '../app/api.ts';
import { useLive } from '../app/context.ts';
import { createRemote } from '../app/remote.ts';
import { type Approval, type RolloutDraft, SOAKS } from '../app/rollout-draft.ts';
import { plural } from '../words/duration.ts';
import { ChoiceField, TextField } from './text-field.tsx';

const MAX_STEPS = 8;
const COMMIT_LENGTH = 12;
const APPROVALS: readonly (readonly [Approval, string])[] = [
  ['none', 'Not needed'],
  ['start', 'Before it begins'],
  ['second', 'After the first wave'],
];

/** The fields of a new rollout: the common ones, and the others folded away. */
export function RolloutForm(props: {
  draft: RolloutDraft;
  selected: readonly string[];
  onClearSelected: () => void;
  /** The fault that the coordinator found in the expression. */
  whereFault: string | null;
}) {
  const live = useLive();
  const ops = createRemote(
    () => 'ops',
    () => api.ops(),
  );
  const choices = createMemo(() => {
    const known = (ops.body() ?? []).filter(({ executor }) => executor === 'agent').map(({ id }) => id);
    const all = known.includes(props.draft.op()) ? known : [props.draft.op(), ...known];
    return all.map((id) => [id, id] as const);
  });
  const windows = createRemote(
    () => 'windows',
    () => api.windows(),
  );
  const steps = () => [props.draft.op(), ...props.draft.more()];
  const setStep = (at: number, id: string) => {
    if (at === 0) props.draft.setOp(id);
    else props.draft.setMore((known) => known.map((one, index) => (index === at - 1 ? id : one)));
  };
  const target = () => live.target()?.commit ?? null;
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
      <Show
        when={props.selected.length > 0}
        fallback={
          <TextField
            label="Hosts"
            value={props.draft.where()}
            onInput={props.draft.setWhere}
            placeholder="tag:web and not name:web1"
            isMono
            isFirst
            isWrong={props.whereFault !== null}
            hintId="where-hint"
            hint={
              <Show
                when={props.whereFault}
                fallback={
                  <>
                    <code>tag:web</code>, <code>platform:nixos</code>, <code>online</code>, <code>name:web*</code>,
                    joined by <code>and</code>, <code>or</code>, <code>not</code>; <code>name:*</code> is every host.
                  </>
                }
              >
                {(text) => <span class="fault">{text()}</span>}
              </Show>
            }
          />
        }
      >
        <p class="field">
          <span>Hosts</span>
          <span class="line-of">
            <span class="strong num">{plural(props.selected.length, 'selected host')}</span>
            <button type="button" class="button small" onClick={() => props.onClearSelected()}>
              Choose others
            </button>
          </span>
        </p>
      </Show>
      <TextField
        label="Waves"
        value={props.draft.waves()}
        onInput={props.draft.setWaves}
        hintId="waves-hint"
        hint="Counts, or percents of all hosts. Those that no wave names go last."
      />
      <ChoiceField
        label="Soak after each wave"
        value={String(props.draft.soakMs())}
        choices={SOAKS.map((ms) => [String(ms), ms === 0 ? 'None' : lengthInWords(ms)] as const)}
        onChoose={(ms) => props.draft.setSoakMs(Number(ms))}
      />
      <TextField
        label="Hosts that may fail"
        value={props.draft.maxFailures()}
        onInput={props.draft.setMaxFailures}
        hintId="failures-hint"
        hint="One more and it pauses. A number over all, or a percent of each wave."
      />
      <ChoiceField
        label="Approval"
        value={props.draft.approval()}
        choices={APPROVALS}
        onChoose={(one) => props.draft.setApproval(one as Approval)}
      />
      <details class="more">
        <summary>More</summary>
        <div class="more-fields">
          <TextField label="Name" value={props.draft.name()} onInput={props.draft.setName} placeholder="The ops" />
          <TextField
            label="Commit"
            value={props.draft.commit()}
            onInput={props.draft.setCommit}
            isMono
            placeholder={target() === null ? 'The whole id' : `The target, ${target()?.slice(0, COMMIT_LENGTH)}`}
          />
          <Show when={windows.body()?.length}>
            <ChoiceField
              label="Window"
              value={props.draft.window()}
              choices={[
                ['', "The hosts' own"],
                ...(windows.body() ?? []).map(
                  ({ name, open }) => [name, `${name}${open ? ', open now' : ''}`] as const,
                ),
              ]}
              onChoose={props.draft.setWindow}
            />
          </Show>
          <TextField label="At once" value={props.draft.maxParallel()} onInput={props.draft.setMaxParallel} />
          <TextField
            label="Units that may fail"
            value={props.draft.ignoreUnits()}
            onInput={props.draft.setIgnoreUnits}
            placeholder="backup-*.service"
            isMono
          />
          <label class="check">
            <input
              type="checkbox"
              checked={!props.draft.needsPresence()}
              onChange={(event) => props.draft.setNeedsPresence(!event.currentTarget.checked)}
            />
            <span>Hosts such as laptops need not stay online</span>
          </label>
        </div>
      </details>
    </>
  );
}
