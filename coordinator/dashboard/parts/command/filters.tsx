import { For, Show } from 'solid-js';
import { STATUS_LOOKS } from '../../../../shared/looks/looks.ts';
import { STATUSES } from '../../../../shared/model/command.ts';
import { query, setQuery } from '../../app/router.ts';

/** The filters of the list of commands; they stand in the address. */
export function CommandFilters(props: { isFiltered: boolean }) {
  return (
    <div class="filters" role="search" aria-label="Filter commands">
      <label class="field inline">
        <span>Host</span>
        <input
          type="text"
          list="hosts"
          value={query('host')}
          onChange={(event) => setQuery({ host: event.currentTarget.value.trim() })}
        />
      </label>
      <label class="field inline">
        <span>Op</span>
        <input
          type="text"
          value={query('op')}
          onChange={(event) => setQuery({ op: event.currentTarget.value.trim() })}
        />
      </label>
      <label class="field inline">
        <span>Status</span>
        <select value={query('status')} onChange={(event) => setQuery({ status: event.currentTarget.value })}>
          <option value="">any</option>
          <For each={STATUSES}>
            {(status) => (
              <option value={status} selected={status === query('status')}>
                {STATUS_LOOKS[status].word}
              </option>
            )}
          </For>
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={query('active') === 'true'}
          onChange={(event) => setQuery({ active: event.currentTarget.checked ? 'true' : '' })}
        />
        <span>Under way only</span>
      </label>
      <Show when={props.isFiltered}>
        <button type="button" class="button" onClick={() => setQuery({ host: '', op: '', status: '', active: '' })}>
          Clear
        </button>
      </Show>
    </div>
  );
}
