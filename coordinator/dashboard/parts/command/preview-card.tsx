import { For, Show } from 'solid-js';
import { previewLines } from '../../../../shared/looks/preview-words.ts';
import type { Preview } from '../../../../shared/model/report.ts';
import { busy, dispatchOne } from '../../app/actions.ts';
import { useApp } from '../../app/context.ts';

/** A preview's result, and a switch to exactly that: to this commit, and only if the host builds the same system from it. */
export function PreviewCard(props: { preview: Preview; hostId: string; host: string }) {
  const { canAct, may } = useApp();
  const switchToThis = () => {
    const { commit, builtPath } = props.preview;
    void dispatchOne({ op: 'pull-switch', hosts: [props.hostId], options: { commit, builtPath } });
  };
  return (
    <section class="panel" aria-labelledby="preview-title">
      <h2 id="preview-title">What a switch would change</h2>
      <PreviewLines preview={props.preview} />
      <Show when={may('operator') && !props.preview.same}>
        <div class="actions">
          <button type="button" class="button primary" disabled={!canAct() || busy()} onClick={switchToThis}>
            Switch {props.host} to exactly this
          </button>
        </div>
      </Show>
    </section>
  );
}

/** A preview's result as lines. */
export function PreviewLines(props: { preview: Preview }) {
  return (
    <ul>
      <For each={previewLines(props.preview)}>{(line) => <li class="long">{line}</li>}</For>
    </ul>
  );
}
