import { For, Show } from 'solid-js';
import { HOST_LOOKS, HOST_STATES, type HostState } from '../../../../shared/looks/host-look.ts';
import { query, setQuery } from '../../app/router.ts';
import { count } from '../../words/duration.ts';
import { FLEET_SORTS } from '../../words/fleet-filter.ts';
import { Icon } from '../basics/icon.tsx';

const SORT_WORDS = { name: 'Name', state: 'Urgency', seen: 'Last seen' } as const;

/** Counts by state, each a filter; a text filter; the order. */
export function FleetBar(props: { counts: Record<HostState, number>; state: HostState | null; total: number }) {
  return (
    <div class="fleet-bar">
      <div class="counts" role="group" aria-label="Filter by state">
        <button type="button" class="count" aria-pressed={props.state === null} onClick={() => setQuery({ state: '' })}>
          <span class="num strong">{count(props.total)}</span> All
        </button>
        <For each={HOST_STATES}>
          {(state) => (
            <Show when={props.counts[state] > 0 || props.state === state}>
              <button
                type="button"
                class="count"
                data-tone={HOST_LOOKS[state].tone}
                aria-pressed={props.state === state}
                onClick={() => setQuery({ state: props.state === state ? '' : state })}
              >
                <Icon name={HOST_LOOKS[state].shape} />
                <span class="num strong">{count(props.counts[state])}</span> {HOST_LOOKS[state].word}
              </button>
            </Show>
          )}
        </For>
      </div>
      <div class="filters">
        <input
          type="search"
          class="filter-text"
          aria-label="Filter hosts by name, tag or platform, or by an expression"
          placeholder="Name, or tag:web"
          aria-keyshortcuts="/"
          value={query('q')}
          onInput={(event) => setQuery({ q: event.currentTarget.value })}
        />
        <label class="field inline">
          <span>Order</span>
          <select value={query('sort') || 'name'} onChange={(event) => setQuery({ sort: event.currentTarget.value })}>
            <For each={FLEET_SORTS}>
              {(sort) => (
                <option value={sort} selected={sort === (query('sort') || 'name')}>
                  {SORT_WORDS[sort]}
                </option>
              )}
            </For>
          </select>
        </label>
      </div>
    </div>
  );
}
