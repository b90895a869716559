import { Show } from 'solid-js';
import type { RolloutDraft } from '../../app/rollout-draft.ts';
import { plural } from '../../words/duration.ts';
import { TextField } from '../basics/text-field.tsx';

/** The hosts of a new rollout: those selected, else an expression. */
export function RolloutWhere(props: {
  draft: RolloutDraft;
  selected: readonly string[];
  onClearSelected: () => void;
  /** The fault that the coordinator found in the expression. */
  whereFault: string | null;
}) {
  return (
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
                  <code>tag:web</code>, <code>platform:nixos</code>, <code>online</code>, <code>name:web*</code>, joined
                  by <code>and</code>, <code>or</code>, <code>not</code>; <code>name:*</code> is every host.
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
  );
}
