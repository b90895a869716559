import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import { nameFirst } from '../../../shared/actor.ts';
import { isActive, STATUSES, type Status } from '../../../shared/command.ts';
import type { DispatchSummary } from '../../../shared/dispatch.ts';
import { STATUS_LOOKS } from '../../../shared/looks.ts';
import { api } from '../app/api.ts';
import { useLive } from '../app/context.ts';
import { createPages } from '../app/pages.ts';
import { createRemote } from '../app/remote.ts';
import { dispatchPath, query, rolloutPath } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { Badge } from '../parts/badge.tsx';
import { Empty } from '../parts/empty.tsx';
import { FaultLine } from '../parts/fault-line.tsx';
import { Older } from '../parts/older.tsx';
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
  const rollout = () => query('rollout');
  const filter = () => ({ limit: PAGE, ...(rollout() !== '' && { rollout: rollout() }) });
  const pages = createPages<DispatchSummary, string>((before) => api.dispatches({ ...filter(), before }));
  const [isRunning, setRunning] = createSignal(false);
  const first = createRemote(
    () => `${rollout()} ${newestOf(live.commands())} ${isRunning() ? Math.floor(live.now() / LOOK_MS) : ''}`,
    () => api.dispatches(filter()),
    LOOK_MS,
  );
  createEffect(on(rollout, () => pages.restart(undefined), { defer: true }));
  createEffect(
    on(first.body, (page) => {
      if (!page) return;
      pages.renew(page);
      setRunning(pages.items().some(isUnderWay));
      void renewOlder(page.items.length);
    }),
  );
  /** Reads again the dispatches behind the first page that were under way. */
  async function renewOlder(first: number): Promise<void> {
    const items = pages.items();
    for (let at = Math.max(1, first); at < items.length; ) {
      const [one, last] = [items[at], items[at - 1]];
      if (!one || !last || !isUnderWay(one)) {
        at += 1;
        continue;
      }
      const answer = await api.dispatches({ ...filter(), before: last.id });
      if (!answer.ok) return;
      pages.put(answer.body.items);
      at += Math.max(1, answer.body.items.length);
    }
  }
  const byId = createMemo(() => new Map(pages.items().map((one) => [one.id, one])));

  return (
    <>
      <header class="page-head">
        <div>
          <h1>Dispatches</h1>
          <Show
            when={rollout() !== ''}
            fallback={
              <p class="quiet">
                One op on many hosts; those of rollouts are here too. <a href={href('/commands')}>Commands</a> lists
                each host's part.
              </p>
            }
          >
            <p class="quiet">
              Those of <a href={rolloutPath(rollout())}>{live.rollout(rollout())?.name ?? 'one rollout'}</a>.{' '}
              <a href={href('/dispatches')}>All dispatches</a>
            </p>
          </Show>
        </div>
      </header>
      <FaultLine fault={first.fault()?.detail} />
      <Show
        when={pages.items().length > 0}
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
          keys={[...byId().keys()]}
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
                    <When at={one().createdAt} /> · {nameFirst(one().requestedBy, one().requestedByName)}
                  </span>
                </>
              )}
            </Show>
          )}
        </RowList>
      </Show>
      <Older pages={pages} />
    </>
  );
}

const isUnderWay = ({ statuses }: DispatchSummary): boolean =>
  Object.keys(statuses).some((status) => isActive(status as Status));

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
