import { Show } from 'solid-js';
import { ATTENTION_LOOKS } from '../../../../shared/looks/looks.ts';
import { countsWords } from '../../../../shared/looks/rollout-look.ts';
import type { AttentionItem } from '../../../../shared/model/attention.ts';
import { useLive } from '../../app/context.ts';
import { rolloutPath } from '../../app/router.ts';
import { Badge } from '../basics/badge.tsx';
import { Ago } from '../basics/time.tsx';
import { RolloutActions } from '../rollout/actions.tsx';

/** A rollout that needs a person, with its decisions. */
export function RolloutNeed(props: { item: AttentionItem; id: string }) {
  const live = useLive();
  const rollout = () => live.rollout(props.id);
  return (
    <li data-tone={ATTENTION_LOOKS[props.item.kind].tone}>
      <div class="attention-head">
        <Badge look={ATTENTION_LOOKS[props.item.kind]} />
        <a class="strong" href={rolloutPath(props.id)}>
          {rollout()?.name ?? 'a rollout'}
        </a>
      </div>
      <p>
        {rollout()?.reason?.message ?? props.item.message}{' '}
        <span class="quiet">
          <Ago at={props.item.since} />
        </span>
      </p>
      <Show when={rollout()}>{(known) => <p class="num hint">{countsWords(known().counts)}</p>}</Show>
      <div class="need-actions">
        <Show when={rollout()}>{(known) => <RolloutActions rollout={known()} />}</Show>
        <a class="button" href={rolloutPath(props.id)} aria-label={`Open the rollout ${rollout()?.name ?? ''}`}>
          Open the rollout
        </a>
      </div>
    </li>
  );
}
