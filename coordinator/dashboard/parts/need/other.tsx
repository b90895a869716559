import { ATTENTION_LOOKS } from '../../../../shared/looks/looks.ts';
import type { AttentionItem, AttentionKind } from '../../../../shared/model/attention.ts';
import { Badge } from '../basics/badge.tsx';
import { Ago } from '../basics/time.tsx';
import { otherPath } from './needs-you.tsx';

const LABELS: Partial<Record<AttentionKind, string>> = {
  notify_failed: 'Open the settings',
  store_rewound: 'Open the events',
};

/** An attention item that concerns neither a host nor a rollout. */
export function OtherNeed(props: { item: AttentionItem }) {
  const label = () => LABELS[props.item.kind] ?? 'Open the waiting hosts';
  return (
    <li data-tone={ATTENTION_LOOKS[props.item.kind].tone}>
      <div class="attention-head">
        <Badge look={ATTENTION_LOOKS[props.item.kind]} />
      </div>
      <p>
        {props.item.message}{' '}
        <span class="quiet">
          <Ago at={props.item.since} />
        </span>
      </p>
      <div class="need-actions">
        <a class="button" href={otherPath(props.item)} aria-label={`${label()}: ${props.item.message}`}>
          {label()}
        </a>
      </div>
    </li>
  );
}
