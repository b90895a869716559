import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import { EVENT_LEVELS, type Event } from '../../../shared/model/event.ts';
import { api } from '../app/api.ts';
import { useLive } from '../app/context.ts';
import { createPages } from '../app/pages.ts';
import { createRemote } from '../app/remote.ts';
import { query, setQuery } from '../app/router.ts';
import { Empty, NoMatch } from '../parts/basics/empty.tsx';
import { FaultLine } from '../parts/basics/fault-line.tsx';
import { EventList } from '../parts/list/event-list.tsx';
import { Older } from '../parts/list/older.tsx';
import { createSteady } from '../parts/list/steady.ts';
import { SteadyList } from '../parts/list/steady-list.tsx';
import { plural } from '../words/duration.ts';

const PAGE = '100';
/** Events of the feed that are kept; older ones are requested. */
const TOLD = 300;
const NEWEST = String(Number.MAX_SAFE_INTEGER);

/** Events, newest first: past ones from the API, newer ones from the feed. */
export function Events() {
  const live = useLive();
  const filter = createMemo(() => ({ host: query('host'), level: query('level'), limit: PAGE }), undefined, {
    equals: (one, other) => one.host === other.host && one.level === other.level,
  });
  const isFiltered = () => filter().host + filter().level !== '';
  const matches = ({ hostId, level }: Event): boolean =>
    (filter().level === '' || level === filter().level) &&
    (filter().host === '' || (hostId !== null && live.host(hostId)?.name === filter().host));

  const latest = createRemote(filter, (words) => api.events({ ...words, before: NEWEST }));
  const pages = createPages<Event, number>((before) => api.events({ ...filter(), before: String(before) }));
  createEffect(on(latest.body, pages.restart));

  const [told, setTold] = createSignal<Event[]>([]);
  // The feed holds only the last events. The page keeps each one, and requests those that were dropped between two looks.
  createEffect(
    on(live.events, (events) => {
      const newest = told().at(-1)?.id;
      const fresh = events.filter(({ id }) => newest === undefined || id > newest);
      if (fresh.length === 0) return;
      if (newest !== undefined && (fresh[0]?.id ?? 0) > newest + 1) latest.reload();
      setTold((known) => [...known, ...fresh].slice(-TOLD));
    }),
  );

  const all = createMemo(() => {
    const known = [...pages.items(), ...told()].filter(matches);
    return [...new Map(known.map((event) => [event.id, event])).values()].sort((one, other) => other.id - one.id);
  });
  const steady = createSteady(all, ({ id }) => String(id));
  createEffect(on(filter, steady.release, { defer: true }));
  const shown = () => steady.keys().flatMap((key) => steady.item(key) ?? []);

  return (
    <>
      <h1>Events</h1>
      <div class="filters" role="search" aria-label="Filter events">
        <label class="field inline">
          <span>Host</span>
          <input
            type="text"
            value={query('host')}
            onChange={(event) => setQuery({ host: event.currentTarget.value.trim() })}
          />
        </label>
        <label class="field inline">
          <span>Level</span>
          <select value={query('level')} onChange={(event) => setQuery({ level: event.currentTarget.value })}>
            <option value="">any</option>
            <For each={EVENT_LEVELS}>
              {(level) => (
                <option value={level} selected={level === query('level')}>
                  {level}
                </option>
              )}
            </For>
          </select>
        </label>
        <Show when={isFiltered()}>
          <button type="button" class="button" onClick={() => setQuery({ host: '', level: '' })}>
            Clear
          </button>
        </Show>
      </div>
      <FaultLine fault={latest.fault()?.detail} />
      <Show
        when={shown().length > 0}
        fallback={
          <Show when={latest.body()}>
            <Show
              when={isFiltered()}
              fallback={
                <Empty title="Nothing has happened yet">
                  <p>Registered hosts, dispatched commands and how they end would stand here.</p>
                </Empty>
              }
            >
              <NoMatch what="event" filter={{ host: filter().host, level: filter().level }} />
            </Show>
          </Show>
        }
      >
        <SteadyList steady={steady} words={`${plural(steady.pending(), 'newer event')}: show`}>
          <EventList events={shown()} />
        </SteadyList>
      </Show>
      <Older pages={pages} onLoaded={steady.release} />
    </>
  );
}
