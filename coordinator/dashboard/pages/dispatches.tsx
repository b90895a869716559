import { For, Show } from 'solid-js';
import { STATUS_LOOKS } from '../../../shared/looks/looks.ts';
import { nameFirst } from '../../../shared/model/actor.ts';
import { STATUSES } from '../../../shared/model/command.ts';
import { useLive } from '../app/context.ts';
import { createDispatchPages } from '../app/dispatch-pages.ts';
import { dispatchPath, query, rolloutPath } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { Badge } from '../parts/basics/badge.tsx';
import { Empty } from '../parts/basics/empty.tsx';
import { FaultLine } from '../parts/basics/fault-line.tsx';
import { When } from '../parts/basics/time.tsx';
import { Older } from '../parts/list/older.tsx';
import { createNarrow, RowList } from '../parts/list/row-list.tsx';
import { plural } from '../words/duration.ts';

const ROW_PX = 44;
const CARD_PX = 104;
/** Every dispatch, newest first, with its commands by status. */
export function Dispatches() {
  const live = useLive();
  const isNarrow = createNarrow();
  const rollout = () => query('rollout');
  const { first, pages, byId } = createDispatchPages(rollout);

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
