import { createMemo, createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import { COMPARTMENTS } from '../../../shared/host.ts';
import { density } from '../app/prefs.ts';
import type { createSelection } from '../app/selection.ts';
import type { FleetRow } from '../words/fleet-filter.ts';
import { FleetHost } from './fleet-row.tsx';
import { createRowWindow } from './row-window.ts';

const ROW_PX = { normal: 36, compact: 28 } as const;
const CARD_PX = 156;
const NARROW = '(max-width: 767px)';

export type FleetTableProps = {
  /** The hosts to show by id, in order. */
  ids: string[];
  rows: ReadonlyMap<string, FleetRow>;
  selection: ReturnType<typeof createSelection>;
  areAllSelected: boolean;
  onSelectAll: (isSelected: boolean) => void;
};

/** The hosts as rows, as cards where there is no room; of 5,000 only those in sight are drawn. */
export function FleetTable(props: FleetTableProps) {
  let list!: HTMLDivElement;
  const [isNarrow, setNarrow] = createSignal(matchMedia(NARROW).matches);
  onMount(() => {
    const media = matchMedia(NARROW);
    const heard = () => setNarrow(media.matches);
    media.addEventListener('change', heard);
    onCleanup(() => media.removeEventListener('change', heard));
  });
  const rowPx = () => (isNarrow() ? CARD_PX : ROW_PX[density()]);

  const range = createRowWindow(() => list, { rowPx, count: () => props.ids.length });
  const [focused, setFocused] = createSignal<string | null>(null);
  /** In order. Who has the focus stays, wherever the page is scrolled. */
  const drawn = createMemo(() => {
    const { first, last } = range();
    const inSight = props.ids.slice(first, last);
    const id = focused();
    const at = id === null || inSight.includes(id) ? -1 : props.ids.indexOf(id);
    if (id === null || at < 0) return inSight;
    return at < first ? [id, ...inSight] : [...inSight, id];
  });
  const places = createMemo(() => new Map(props.ids.map((id, at) => [id, at])));
  const isAway = (at: number) => at < range().first || at >= range().last;

  return (
    <div class="fleet" role="table" aria-label="Hosts" aria-rowcount={props.ids.length + 1}>
      <div role="rowgroup">
        <div class="fleet-head" role="row" aria-rowindex={1}>
          <span role="columnheader" class="c-select">
            <input
              type="checkbox"
              aria-label="Select all shown hosts"
              checked={props.areAllSelected}
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
        </div>
      </div>
      <div
        role="rowgroup"
        ref={list}
        class="fleet-rows"
        style={{
          '--row': `${rowPx()}px`,
          height: `${props.ids.length * rowPx()}px`,
          'padding-top': `${range().first * rowPx()}px`,
        }}
      >
        <For each={drawn()}>
          {(id) => {
            const at = () => places().get(id) ?? 0;
            return (
              <Show when={props.rows.get(id)}>
                {(row) => (
                  <div
                    class="fleet-row"
                    role="row"
                    aria-rowindex={at() + 2}
                    data-tone={row().state}
                    style={isAway(at()) ? { position: 'absolute', top: `${at() * rowPx()}px` } : {}}
                    onFocusIn={() => setFocused(id)}
                    onFocusOut={() => setFocused(null)}
                  >
                    <FleetHost
                      row={row()}
                      isSelected={props.selection.has(row().host.name)}
                      onSelect={(isSelected) => props.selection.put(row().host.name, isSelected)}
                    />
                  </div>
                )}
              </Show>
            );
          }}
        </For>
      </div>
    </div>
  );
}
