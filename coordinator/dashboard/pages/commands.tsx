import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import { type Command, STATUSES } from '../../../shared/command.ts';
import { api } from '../app/api.ts';
import { useLive } from '../app/context.ts';
import { tell } from '../app/notices.ts';
import { createRemote } from '../app/remote.ts';
import { query, setQuery } from '../app/router.ts';
import { CommandTable } from '../parts/command-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { plural } from '../words/duration.ts';
import { STATUS_LOOKS } from '../words/status-look.ts';

const PAGE = '100';

/** Every command, newest first, by filters that stand in the address. */
export function Commands() {
  const live = useLive();
  const filter = createMemo(
    () => ({ host: query('host'), op: query('op'), status: query('status'), active: query('active'), limit: PAGE }),
    undefined,
    { equals: (one, other) => JSON.stringify(one) === JSON.stringify(other) },
  );
  const isFiltered = () => query('host') + query('op') + query('status') + query('active') !== '';
  const first = createRemote(filter, (words) => api.commands(words));
  const [older, setOlder] = createSignal<Command[]>([]);
  const [next, setNext] = createSignal<string | null>(null);
  createEffect(
    on(first.body, (page) => {
      setOlder([]);
      setNext(page?.next ?? null);
    }),
  );
  const commands = () => [...(first.body()?.items ?? []), ...older()];
  /** Newer than the newest row: rows never move by themselves. */
  const newer = createMemo(() => {
    const top = first.body()?.items[0]?.id ?? '';
    if (!first.body()) return 0;
    return live.hosts().filter(({ id }) => (live.latest(id)?.id ?? '') > top).length;
  });

  async function loadOlder(): Promise<void> {
    const answer = await api.commands({ ...filter(), before: next() ?? '' });
    if (!answer.ok) return tell('error', answer.detail);
    setOlder((known) => [...known, ...answer.body.items]);
    setNext(answer.body.next);
  }

  return (
    <>
      <h1>Commands</h1>
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
        <Show when={isFiltered()}>
          <button type="button" class="button" onClick={() => setQuery({ host: '', op: '', status: '', active: '' })}>
            Clear
          </button>
        </Show>
      </div>
      <Show when={first.fault()}>
        {(detail) => (
          <p class="fault" role="alert">
            {detail()}
          </p>
        )}
      </Show>
      <Show when={newer() > 0 && !isFiltered()}>
        <button type="button" class="button steady" onClick={first.reload}>
          {plural(newer(), 'newer command')}: show
        </button>
      </Show>
      <Show
        when={commands().length > 0}
        fallback={
          <Show when={first.body()}>
            <Empty title={isFiltered() ? 'No command matches' : 'Nothing has been run yet'}>
              <p>
                {isFiltered() ? 'Clear the filter to see all.' : 'Select hosts of the fleet and run an op on them.'}
              </p>
            </Empty>
          </Show>
        }
      >
        <CommandTable commands={commands()} />
      </Show>
      <Show when={next()}>
        <button type="button" class="button" onClick={() => void loadOlder()}>
          Older
        </button>
      </Show>
    </>
  );
}
