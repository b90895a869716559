import { createEffect, createMemo, on, Show } from 'solid-js';
import { HOST_STATES, hostState } from '../../../shared/looks/host-look.ts';
import { useApp } from '../app/context.ts';
import { query, setQuery } from '../app/router.ts';
import { createSelection } from '../app/selection.ts';
import { href } from '../feed/root.ts';
import { CopyLine, Empty } from '../parts/basics/empty.tsx';
import { FleetBar } from '../parts/fleet/bar.tsx';
import { SelectionBar } from '../parts/fleet/selection-bar.tsx';
import { FleetTable } from '../parts/fleet/table.tsx';
import { createSteady } from '../parts/list/steady.ts';
import { SteadyList } from '../parts/list/steady-list.tsx';
import { plural } from '../words/duration.ts';
import {
  countStates,
  FLEET_SORTS,
  type FleetRow,
  filterInWords,
  inState,
  matchText,
  sortFleet,
  whereFaultIn,
} from '../words/fleet-filter.ts';

/** Every host with its current work. */
export function Fleet() {
  const { live, may } = useApp();
  const selection = createSelection();

  const needing = createMemo(() => new Set(live.needs().map(({ hostId }) => hostId)));
  const rows = createMemo<FleetRow[]>(() =>
    live.hosts().map((host) => ({
      host,
      state: hostState(host, live.latest(host.id), live.needy().has(host.id)),
      needsYou: needing().has(host.id),
    })),
  );
  const state = () => HOST_STATES.find((one) => one === query('state')) ?? null;
  const sort = () => FLEET_SORTS.find((one) => one === query('sort')) ?? 'name';
  const matching = createMemo(() => matchText(rows(), query('q')));
  const counts = createMemo(() => countStates(matching()));
  const wanted = createMemo(() => sortFleet(inState(matching(), state()), sort()));
  const steady = createSteady(wanted, ({ host }) => host.id, rows);
  // A filter set by a person applies at once, wherever the pointer is.
  createEffect(on([() => query('q'), state, sort], steady.release, { defer: true }));
  const selected = createMemo(() => selection.of(rows().map(({ host }) => host.name)));
  const shown = () => steady.keys().flatMap((id) => steady.item(id)?.host.name ?? []);
  const areAllSelected = createMemo(() => {
    const names = new Set(selected());
    const ids = steady.keys();
    return ids.length > 0 && ids.every((id) => names.has(steady.item(id)?.host.name ?? ''));
  });

  /** The start of a range. */
  let lastPut: string | null = null;
  function put(name: string, isSelected: boolean, isRange: boolean): void {
    const names = shown();
    const [from, to] = [names.indexOf(lastPut ?? ''), names.indexOf(name)].sort((one, other) => one - other);
    const range = isRange && from !== undefined && to !== undefined && from >= 0 ? names.slice(from, to + 1) : [name];
    selection.put(range, isSelected);
    lastPut = name;
  }

  return (
    <>
      <h1 class="sr-only">Fleet</h1>
      <Show
        when={!live.isKnown() || live.hosts().length > 0}
        fallback={
          <Empty title="No hosts yet">
            <p>Register a host; its token is shown once. Then start an agent with that token on it.</p>
            <CopyLine text="switchyard host add web1" what="The command" />
            <p>
              Or <a href={href('/settings')}>register one here</a>.
            </p>
          </Empty>
        }
      >
        <FleetBar counts={counts()} state={state()} total={matching().length} />
        <SteadyList steady={steady}>
          <FleetTable
            steady={steady}
            isSelected={selection.has}
            onSelect={put}
            areAllSelected={areAllSelected()}
            onSelectAll={(isSelected) => selection.put(shown(), isSelected)}
          />
        </SteadyList>
        <Show when={live.isKnown() && steady.keys().length === 0}>
          <Empty title="No host matches">
            <Show
              when={whereFaultIn(query('q'))}
              fallback={
                <p>
                  None of {plural(rows().length, 'host')} {filterInWords(query('q'), state())}.
                </p>
              }
            >
              {(text) => <p class="fault">{text()}</p>}
            </Show>
            <button type="button" class="button" onClick={() => setQuery({ q: '', state: '' })}>
              Clear the filter
            </button>
          </Empty>
        </Show>
        <Show when={may('operator') && selected().length > 0}>
          <SelectionBar selected={selected()} onClear={() => selection.set([])} />
        </Show>
      </Show>
    </>
  );
}
