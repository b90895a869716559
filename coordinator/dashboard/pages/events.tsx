import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import { EVENT_LEVELS, type Event } from '../../../shared/event.ts';
import { api } from '../app/api.ts';
import { useLive } from '../app/context.ts';
import { query, setQuery } from '../app/router.ts';
import { Empty } from '../parts/empty.tsx';
import { EventList } from '../parts/event-list.tsx';
import { createSteady } from '../parts/steady.ts';
import { SteadyList } from '../parts/steady-list.tsx';
import { plural } from '../words/duration.ts';

const PAGE = 500;

/** What happened, newest first. The feed brings the last; older ones are asked for. */
export function Events() {
  const live = useLive();
  const [older, setOlder] = createSignal<Event[]>([]);
  const [isLoading, setLoading] = createSignal(false);
  const filter = () => `${query('host')} ${query('level')}`;
  createEffect(on(filter, () => setOlder([]), { defer: true }));

  const matches = ({ hostId, level }: Event): boolean =>
    (query('level') === '' || level === query('level')) &&
    (query('host') === '' || (hostId !== null && live.host(hostId)?.name === query('host')));
  const all = createMemo(() => [...live.events(), ...older()].filter(matches).sort((a, b) => b.id - a.id));
  const steady = createSteady(all, ({ id }) => String(id));
  createEffect(on(filter, steady.release, { defer: true }));
  const byKey = createMemo(() => new Map(all().map((event) => [String(event.id), event])));
  const shown = () => steady.keys().flatMap((key) => byKey().get(key) ?? []);
  const oldest = () => Math.min(...[...live.events(), ...older()].map(({ id }) => id));

  /** Ids count up, so the ones before are found by number. */
  async function loadOlder(): Promise<void> {
    setLoading(true);
    const from = Math.max(0, oldest() - 1 - PAGE);
    const words = { after: String(from), limit: String(PAGE) };
    const answer = await api.events(words);
    if (answer.ok) {
      const known = new Set([...live.events(), ...older()].map(({ id }) => id));
      setOlder((before) => [...before, ...answer.body.items.filter(({ id }) => !known.has(id))]);
      steady.release();
    }
    setLoading(false);
  }

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
        <Show when={query('host') + query('level') !== ''}>
          <button type="button" class="button" onClick={() => setQuery({ host: '', level: '' })}>
            Clear
          </button>
        </Show>
      </div>
      <Show
        when={shown().length > 0}
        fallback={
          <Show when={live.isKnown()}>
            <Empty title={filter().trim() === '' ? 'Nothing has happened yet' : 'No event matches'} />
          </Show>
        }
      >
        <SteadyList steady={steady} words={`${plural(steady.pending(), 'newer event')}: show`}>
          <EventList events={shown()} />
        </SteadyList>
      </Show>
      <Show when={Number.isFinite(oldest()) && oldest() > 1}>
        <button type="button" class="button" disabled={isLoading()} onClick={() => void loadOlder()}>
          Older
        </button>
      </Show>
    </>
  );
}
