import { createEffect, createSignal, For, on, Show } from 'solid-js';
import { isActive, STATUSES, type Status } from '../../../shared/command.ts';
import type { DispatchSummary } from '../../../shared/dispatch.ts';
import { STATUS_LOOKS } from '../../../shared/looks.ts';
import { api } from '../app/api.ts';
import { useLive } from '../app/context.ts';
import { tell } from '../app/notices.ts';
import { createRemote } from '../app/remote.ts';
import { dispatchPath } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { Badge } from '../parts/badge.tsx';
import { Empty } from '../parts/empty.tsx';
import { createNarrow, RowList } from '../parts/row-list.tsx';
import { When } from '../parts/time.tsx';
import { plural } from '../words/duration.ts';

const PAGE = '50';
const ROW_PX = 44;
const CARD_PX = 104;
/** Interval at which an open list is requested again while anything in it runs. */
const LOOK_MS = 5_000;

/** Every dispatch, newest first, with its commands by status. */
export function Dispatches() {
  const live = useLive();
  const isNarrow = createNarrow();
  const [older, setOlder] = createSignal<DispatchSummary[]>([]);
  const [next, setNext] = createSignal<string | null>(null);
  const [isRunning, setRunning] = createSignal(false);
  const first = createRemote(
    () => `${newestOf(live.commands())} ${isRunning() ? Math.floor(live.now() / LOOK_MS) : ''}`,
    () => api.dispatches({ limit: PAGE }),
    LOOK_MS,
  );
  createEffect(
    on(first.body, (page, before) => {
      setRunning((page?.items ?? []).some(({ statuses }) => Object.keys(statuses).some(runs)));
      if (before === undefined) setNext(page?.next ?? null);
    }),
  );
  const all = () => {
    const newest = first.body()?.items ?? [];
    const known = new Set(newest.map(({ id }) => id));
    return [...newest, ...older().filter(({ id }) => !known.has(id))];
  };
  const byId = () => new Map(all().map((one) => [one.id, one]));

  async function loadOlder(): Promise<void> {
    const answer = await api.dispatches({ limit: PAGE, before: next() ?? '' });
    if (!answer.ok) return tell('error', answer.detail);
    setOlder((known) => [...known, ...answer.body.items]);
    setNext(answer.body.next);
  }

  return (
    <>
      <header class="page-head">
        <div>
          <h1>Dispatches</h1>
          <p class="quiet">
            One op on many hosts; those of rollouts are here too. <a href={href('/commands')}>Commands</a> lists each
            host's part.
          </p>
        </div>
      </header>
      <Show when={first.fault()}>
        {(fault) => (
          <p class="fault" role="alert">
            {fault().detail}
          </p>
        )}
      </Show>
      <Show
        when={all().length > 0}
        fallback={
          <Show when={first.body()}>
            <Empty title="Nothing has been dispatched yet">
              <p>Select hosts of the fleet and run an op on them.</p>
            </Empty>
          </Show>
        }
      >
        <RowList
          label="Dispatches"
          name="dispatches"
          keys={all().map(({ id }) => id)}
          rowPx={isNarrow() ? CARD_PX : ROW_PX}
          head={
            <>
              <span role="columnheader">Dispatch</span>
              <span role="columnheader">Commands</span>
              <span role="columnheader">Requested</span>
            </>
          }
        >
          {(key) => (
            <Show when={byId().get(key)}>
              {(one) => (
                <>
                  <span role="cell" class="r-host">
                    <a class="strong cut" href={dispatchPath(one().id)}>
                      {one().op} on {plural(one().hosts, 'host')}
                    </a>
                  </span>
                  <span role="cell" class="r-counts">
                    <StatusCounts statuses={one().statuses} />
                  </span>
                  <span role="cell" class="r-when cut">
                    <When at={one().createdAt} /> · {one().requestedBy}
                  </span>
                </>
              )}
            </Show>
          )}
        </RowList>
      </Show>
      <Show when={next()}>
        <button type="button" class="button" onClick={() => void loadOlder()}>
          Older
        </button>
      </Show>
    </>
  );
}

const runs = (status: string): boolean => isActive(status as Status);

/** Command ids grow, so each new command changes this. */
const newestOf = (commands: readonly { id: string }[]): string => {
  let newest = '';
  for (const { id } of commands) if (id > newest) newest = id;
  return newest;
};

/** How many commands are in each status. */
function StatusCounts(props: { statuses: Readonly<Record<string, number>> }) {
  return (
    <span class="line-of">
      <For each={STATUSES.filter((status) => props.statuses[status])}>
        {(status) => (
          <Badge
            look={{
              ...STATUS_LOOKS[status],
              word: `${props.statuses[status]} ${STATUS_LOOKS[status].word.toLowerCase()}`,
            }}
          />
        )}
      </For>
    </span>
  );
}
