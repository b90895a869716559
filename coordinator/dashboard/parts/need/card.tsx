import { createComputed, createEffect, on, Show } from 'solid-js';
import type { Need } from '../../../../shared/looks/needs.ts';
import { useLive } from '../../app/context.ts';
import { hostPath } from '../../app/router.ts';
import { Badge } from '../basics/badge.tsx';
import { NeedBody } from './body.tsx';
import { needLook } from './needs-you.tsx';

/** A host that needs a person: the facts to decide on, and the decisions. */
export function NeedCard(props: {
  need: Need;
  /** Settled, but keeps its place until the list is updated. */
  isGone: boolean;
  isHeld: boolean;
  isSelected: boolean;
  onSelect: (isSelected: boolean) => void;
}) {
  const live = useLive();
  let card!: HTMLLIElement;
  const host = () => live.host(props.need.hostId)?.name ?? 'a removed host';
  const asks = () => !props.isGone && props.need.items.some(({ kind }) => kind === 'timed_out');
  // Runs before the buttons go: focus on one of them moves to the card.
  createComputed(
    on(
      () => props.isGone,
      (isGone) => isGone && card.contains(document.activeElement) && card.focus(),
      { defer: true },
    ),
  );
  // The cards below must not move up under a pointer that is here.
  createEffect(() => {
    card.style.minHeight = props.isHeld ? `${card.offsetHeight}px` : '';
  });
  return (
    <li ref={card} tabIndex={-1} data-tone={props.isGone ? 'ok' : needLook(props.need).tone}>
      <div class="attention-head">
        <Show when={asks()}>
          <input
            type="checkbox"
            aria-label={`Select what asks on ${host()}`}
            checked={props.isSelected}
            onClick={(event) => props.onSelect(event.currentTarget.checked)}
          />
        </Show>
        <Badge look={props.isGone ? SETTLED : needLook(props.need)} />
        <a class="strong" href={hostPath(host())}>
          {host()}
        </a>
      </div>
      <Show when={!props.isGone}>
        <NeedBody need={props.need} />
      </Show>
    </li>
  );
}

const SETTLED = { tone: 'ok', shape: 'check', word: 'Settled' } as const;
