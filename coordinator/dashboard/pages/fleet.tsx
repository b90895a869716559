import { createWindowVirtualizer, defaultRangeExtractor } from '@tanstack/solid-virtual';
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show } from 'solid-js';
import { useApp } from '../app/context.ts';
import { density } from '../app/prefs.ts';
import { query, setQuery } from '../app/router.ts';
import { createSelection } from '../app/selection.ts';
import { CopyLine, Empty } from '../parts/empty.tsx';
import { FleetBar } from '../parts/fleet-bar.tsx';
import { FleetHost } from '../parts/fleet-row.tsx';
import { Icon } from '../parts/icon.tsx';
import { createSteady, isSameList } from '../parts/steady.ts';
import { SteadyList } from '../parts/steady-list.tsx';
import { plural } from '../words/duration.ts';
import { countStates, FLEET_SORTS, type FleetRow, filterFleet } from '../words/fleet-filter.ts';
import { HOST_STATES, hostState } from '../words/host-state.ts';

const ROW_PX = { normal: 36, compact: 28 } as const;
const CARD_PX = 156;
const NARROW = '(max-width: 767px)';
const OVERSCAN = 6;

/** Every host and what it is doing. */
export function Fleet() {
  const { live, openDispatch, canAct } = useApp();
  const selection = createSelection();
  let list!: HTMLDivElement;

  const rows = createMemo<FleetRow[]>(() =>
    live.hosts().map((host) => ({ host, state: hostState(host, live.latest(host.id), live.needy().has(host.id)) })),
  );
  const byId = createMemo(() => new Map(rows().map((row) => [row.host.id, row])));
  const counts = createMemo(() => countStates(rows()));
  const state = () => HOST_STATES.find((one) => one === query('state')) ?? null;
  const sort = () => FLEET_SORTS.find((one) => one === query('sort')) ?? 'name';
  const wanted = createMemo(() => filterFleet(rows(), { text: query('q'), state: state(), sort: sort() }));
  const steady = createSteady(wanted, ({ host }) => host.id);
  // What a person asks for is done at once, wherever the pointer is.
  createEffect(on([() => query('q'), state, sort], steady.release, { defer: true }));
  const shown = createMemo(() => steady.keys().filter((id) => byId().has(id)), undefined, { equals: isSameList });
  const selected = createMemo(() => selection.of(rows().map(({ host }) => host.name)));

  const [isNarrow, setNarrow] = createSignal(matchMedia(NARROW).matches);
  const [focused, setFocused] = createSignal(-1);
  const [listTop, setListTop] = createSignal(0);
  onMount(() => {
    const media = matchMedia(NARROW);
    const heard = () => setNarrow(media.matches);
    media.addEventListener('change', heard);
    const sizing = new ResizeObserver(() => setListTop(list?.offsetTop ?? 0));
    sizing.observe(document.body);
    onCleanup(() => {
      media.removeEventListener('change', heard);
      sizing.disconnect();
    });
  });
  const rowPx = () => (isNarrow() ? CARD_PX : ROW_PX[density()]);

  const virtual = createWindowVirtualizer({
    get count() {
      return shown().length;
    },
    estimateSize: () => rowPx(),
    overscan: OVERSCAN,
    get scrollMargin() {
      return listTop();
    },
    // Who has the focus stays, wherever the page is scrolled.
    rangeExtractor: (range) => {
      const at = focused();
      const seen = defaultRangeExtractor(range);
      return at < 0 || at >= shown().length || seen.includes(at) ? seen : [...seen, at].sort((a, b) => a - b);
    },
  });
  createEffect(on(rowPx, () => virtual.measure(), { defer: true }));

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
              Or <a href="/settings">register one here</a>.
            </p>
          </Empty>
        }
      >
        <FleetBar counts={counts()} state={state()} total={rows().length} />
        <SteadyList steady={steady} words={`${plural(steady.pending(), 'row')} would move: update the list`}>
          <div class="fleet" role="table" aria-label="Hosts" aria-rowcount={shown().length + 1}>
            <div role="rowgroup">
              <div class="fleet-head" role="row" aria-rowindex={1}>
                <span role="columnheader" class="c-select">
                  <input
                    type="checkbox"
                    aria-label="Select all shown hosts"
                    checked={shown().length > 0 && selected().length >= shown().length}
                    onChange={(event) =>
                      selection.set(event.currentTarget.checked ? wanted().map(({ host }) => host.name) : [])
                    }
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
                <span role="columnheader" class="c-compartments" title="Agent, git, lock, system, tests">
                  Compartments
                </span>
                <span role="columnheader" class="c-command">
                  Command
                </span>
                <span role="columnheader" class="c-deadline">
                  Deadline
                </span>
              </div>
            </div>
            <div role="rowgroup" ref={list} class="fleet-rows" style={{ height: `${virtual.getTotalSize()}px` }}>
              <For each={virtual.getVirtualItems()}>
                {(item) => {
                  const row = () => byId().get(shown()[item.index] ?? '');
                  return (
                    <Show when={row()}>
                      {(known) => (
                        <div
                          class="fleet-row"
                          role="row"
                          aria-rowindex={item.index + 2}
                          data-tone={known().state}
                          style={{ transform: `translateY(${item.start - listTop()}px)`, height: `${rowPx()}px` }}
                          onFocusIn={() => setFocused(item.index)}
                          onFocusOut={() => setFocused(-1)}
                        >
                          <FleetHost
                            row={known()}
                            isSelected={selection.has(known().host.name)}
                            onSelect={(isSelected) => selection.put(known().host.name, isSelected)}
                          />
                        </div>
                      )}
                    </Show>
                  );
                }}
              </For>
            </div>
          </div>
        </SteadyList>
        <Show when={live.isKnown() && shown().length === 0}>
          <Empty title="No host matches">
            <p>
              Shown are hosts {query('q') !== '' ? `with “${query('q')}”` : ''} {state() ? `in ${state()}` : ''}.
            </p>
            <button type="button" class="button" onClick={() => setQuery({ q: '', state: '' })}>
              Clear the filter
            </button>
          </Empty>
        </Show>
        <Show when={selected().length > 0}>
          <div class="selection-bar" role="toolbar" aria-label="Selected hosts">
            <span class="strong num">{plural(selected().length, 'host')} selected</span>
            <button
              type="button"
              class="button primary"
              disabled={!canAct()}
              onClick={() => openDispatch({ hosts: selected() })}
            >
              <Icon name="play" />
              Run…
            </button>
            <button type="button" class="button" onClick={() => selection.set([])}>
              Clear
            </button>
          </div>
        </Show>
      </Show>
    </>
  );
}
