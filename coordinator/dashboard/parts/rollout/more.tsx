import { Show } from 'solid-js';
import { api } from '../../app/api.ts';
import { useLive } from '../../app/context.ts';
import { createRemote } from '../../app/remote.ts';
import type { RolloutDraft } from '../../app/rollout-draft.ts';
import { ChoiceField, TextField } from '../basics/text-field.tsx';

const COMMIT_LENGTH = 12;

/** The fields of a new rollout that few need. */
export function RolloutMore(props: { draft: RolloutDraft }) {
  const live = useLive();
  const windows = createRemote(
    () => 'windows',
    () => api.windows(),
  );
  const target = () => live.target()?.commit ?? null;
  return (
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
              ...(windows.body() ?? []).map(({ name, open }) => [name, `${name}${open ? ', open now' : ''}`] as const),
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
  );
}
