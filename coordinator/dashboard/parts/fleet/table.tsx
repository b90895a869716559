import { For, Show } from 'solid-js';
import { COMPARTMENTS } from '../../../../shared/model/host.ts';
import { density } from '../../app/prefs.ts';
import type { FleetRow } from '../../words/fleet-filter.ts';
import { createNarrow, RowList } from '../list/row-list.tsx';
import type { createSteady } from '../list/steady.ts';
import { FleetHost } from './row.tsx';

const ROW_PX = { normal: 36, compact: 28 } as const;
const CARD_PX = 156;

export type FleetTableProps = {
  /** The hosts to show, by id. */
  steady: ReturnType<typeof createSteady<FleetRow>>;
  isSelected: (name: string) => boolean;
  /** `isRange`: all rows since the last selected one. */
  onSelect: (name: string, isSelected: boolean, isRange: boolean) => void;
  areAllSelected: boolean;
  onSelectAll: (isSelected: boolean) => void;
};

/** The hosts as rows, or as cards in a narrow window; only those in sight are drawn. */
export function FleetTable(props: FleetTableProps) {
  const isNarrow = createNarrow();
  const rowPx = () => (isNarrow() ? CARD_PX : ROW_PX[density()]);
  return (
    <RowList
      label="Hosts"
      name="fleet"
      keys={props.steady.keys()}
      rowPx={rowPx()}
      tone={(id) => props.steady.item(id)?.state}
      head={
        <>
          <span role="columnheader" class="c-select">
            <input
              type="checkbox"
              aria-label="Select all shown hosts"
              checked={props.areAllSelected}
              disabled={props.steady.keys().length === 0}
              onChange={(event) => props.onSelectAll(event.currentTarget.checked)}
            />
          </span>
          <span role="columnheader" class="c-status">
            Status
          </span>
          <span role="columnheader" class="c-host">
            Host
          </span>
          <span role="columnheader" class="c-seen">
            Last seen
          </span>
          <span role="columnheader" class="c-compartments legend-letters" title="The five compartments of a host">
            <For each={COMPARTMENTS}>{(name) => <span>{name}</span>}</For>
          </span>
          <span role="columnheader" class="c-command">
            Command
          </span>
          <span role="columnheader" class="c-deadline" title="When a command that is not done asks what to do">
            Deadline
          </span>
        </>
      }
    >
      {(id) => (
        <Show when={props.steady.item(id)}>
          {(row) => (
            <FleetHost
              row={row()}
              isGone={props.steady.isGone(id)}
              isSelected={props.isSelected(row().host.name)}
              onSelect={(isSelected, isRange) => props.onSelect(row().host.name, isSelected, isRange)}
            />
          )}
        </Show>
      )}
    </RowList>
  );
}
