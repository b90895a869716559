import { For, Show } from 'solid-js';
import { HOST_LOOKS } from '../../../../shared/looks/host-look.ts';
import { useLive } from '../../app/context.ts';
import { filterPath, hostPath } from '../../app/router.ts';
import type { FleetRow } from '../../words/fleet-filter.ts';
import { Badge, CompartmentCells } from '../basics/badge.tsx';
import { Ago } from '../basics/time.tsx';
import { DeadlineText } from '../command/progress.tsx';
import { FleetCommand } from './command.tsx';

const TAGS = 2;

/** One host of the fleet, as a row or as a card. */
export function FleetHost(props: {
  row: FleetRow;
  /** Gone, but keeps its place until the list is updated. */
  isGone: boolean;
  isSelected: boolean;
  onSelect: (isSelected: boolean, isRange: boolean) => void;
}) {
  const live = useLive();
  const host = () => props.row.host;
  const active = () => live.command(host().activeCommandId ?? '');
  return (
    <>
      <span role="cell" class="c-select">
        <input
          type="checkbox"
          aria-label={`Select ${host().name}`}
          checked={props.isSelected}
          disabled={props.isGone}
          onClick={(event) => props.onSelect(event.currentTarget.checked, event.shiftKey)}
        />
      </span>
      <span role="cell" class="c-status">
        <Show when={!props.isGone} fallback={<span class="quiet">removed</span>}>
          <Badge look={HOST_LOOKS[props.row.state]} />
        </Show>
      </span>
      <span role="cell" class="c-host">
        <a class="strong cut" href={hostPath(host().name)} title={host().name}>
          {host().name}
        </a>
        <For each={host().tags.slice(0, TAGS)}>
          {(tag) => (
            <a class="tag" href={filterPath(`tag:${tag}`)} title={`Hosts with the tag ${tag}`}>
              {tag}
            </a>
          )}
        </For>
      </span>
      <span role="cell" class="c-seen">
        <Ago at={host().lastSeenAt} />
      </span>
      <span role="cell" class="c-compartments">
        <CompartmentCells host={host()} />
      </span>
      <span role="cell" class="c-command">
        <FleetCommand host={host()} />
      </span>
      <span role="cell" class="c-deadline">
        <Show when={active()}>{(command) => <DeadlineText command={command()} />}</Show>
      </span>
    </>
  );
}
