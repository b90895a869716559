import { createEffect, createMemo, on, Show } from 'solid-js';
import { type Command, isActive } from '../../../shared/model/command.ts';
import { api } from '../app/api.ts';
import { useLive } from '../app/context.ts';
import { createPages } from '../app/pages.ts';
import { createRemote } from '../app/remote.ts';
import { query } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { Empty, NoMatch } from '../parts/basics/empty.tsx';
import { FaultLine } from '../parts/basics/fault-line.tsx';
import { CommandFilters } from '../parts/command/filters.tsx';
import { CommandTable } from '../parts/command/table.tsx';
import { Older } from '../parts/list/older.tsx';

const PAGE = '100';

/** Every command, newest first, by the filters in the address. */
export function Commands() {
  const live = useLive();
  const filter = createMemo(
    () => ({ host: query('host'), op: query('op'), status: query('status'), active: query('active'), limit: PAGE }),
    undefined,
    { equals: (one, other) => JSON.stringify(one) === JSON.stringify(other) },
  );
  const isFiltered = () => query('host') + query('op') + query('status') + query('active') !== '';
  const first = createRemote(filter, (words) => api.commands(words));
  const pages = createPages<Command, string>((before) => api.commands({ ...filter(), before }));
  createEffect(on(first.body, pages.restart));
  const fits = ({ hostId, op, status }: Command): boolean =>
    (query('host') === '' || [hostId, live.host(hostId)?.name].includes(query('host'))) &&
    (query('op') === '' || query('op') === op) &&
    (query('status') === '' || query('status') === status) &&
    (query('active') === '' || isActive(status));
  /** Whether there are commands newer than the newest row: rows never move by themselves. The feed does not say how many. */
  const isNewer = createMemo(() => {
    const page = first.body();
    const top = page?.items[0]?.id ?? '';
    return page !== undefined && live.commands().some((command) => command.id > top && fits(command));
  });

  return (
    <>
      <header class="page-head">
        <h1>Commands</h1>
        <div class="actions">
          <a class="button" href={href('/dispatches')}>
            Dispatches
          </a>
        </div>
      </header>
      <CommandFilters isFiltered={isFiltered()} />
      <FaultLine fault={first.fault()?.detail} />
      <Show when={isNewer()}>
        <button type="button" class="button steady" onClick={first.reload}>
          There are newer ones: show
        </button>
      </Show>
      <Show
        when={pages.items().length > 0}
        fallback={
          <Show when={first.body()}>
            <Show
              when={isFiltered()}
              fallback={
                <Empty title="Nothing has been run yet">
                  <p>Select hosts of the fleet and run an op on them.</p>
                </Empty>
              }
            >
              <NoMatch
                what="command"
                filter={{ host: query('host'), op: query('op'), status: query('status'), active: query('active') }}
              />
            </Show>
          </Show>
        }
      >
        <CommandTable commands={pages.items()} />
      </Show>
      <Older pages={pages} />
    </>
  );
}
