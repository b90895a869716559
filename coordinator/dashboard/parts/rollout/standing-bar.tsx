import { For, Show } from 'solid-js';
import { countsWords, STANDING_LOOKS } from '../../../../shared/looks/rollout-look.ts';
import { type RolloutCounts, STANDINGS } from '../../../../shared/model/rollout.ts';

/** Shares of a rollout's hosts by standing, with their numbers in words. */
export function StandingBar(props: { counts: RolloutCounts; isBare?: boolean }) {
  return (
    <span class="standing-bar">
      <span class="standing-track" aria-hidden="true">
        <For each={STANDINGS.filter((one) => one !== 'waiting')}>
          {(standing) => (
            <Show when={props.counts[standing] > 0}>
              <span
                data-tone={STANDING_LOOKS[standing].tone}
                data-standing={standing}
                style={{ 'flex-grow': props.counts[standing] }}
              />
            </Show>
          )}
        </For>
        <span style={{ 'flex-grow': props.counts.waiting }} />
      </span>
      <Show when={!props.isBare}>
        <span class="num">{countsWords(props.counts)}</span>
      </Show>
    </span>
  );
}
