import { Show } from 'solid-js';
import { named } from '../../../shared/model/actor.ts';
import { api } from '../app/api.ts';
import { createRemote } from '../app/remote.ts';
import { Refused } from '../parts/basics/empty.tsx';
import { Time } from '../parts/basics/time.tsx';
import { DispatchOverview } from '../parts/dispatch/overview.tsx';
import { DispatchResults } from '../parts/dispatch/results.tsx';
import { plural } from '../words/duration.ts';

/** One dispatch: its progress on each host, failures first. */
export function DispatchPage(props: { id: string }) {
  const remote = createRemote(
    () => props.id,
    (id) => api.dispatchOf(id),
  );
  return (
    <Show
      when={remote.body()}
      fallback={<Show when={remote.fault()}>{(fault) => <Refused what="dispatch" fault={fault()} />}</Show>}
    >
      {(dispatch) => (
        <>
          <header class="page-head">
            <div>
              <h1>
                {dispatch().op} on {plural(dispatch().results.length, 'host')}
              </h1>
              <p>
                Requested by {named(dispatch().requestedBy, dispatch().requestedByName)},{' '}
                <Time at={dispatch().createdAt} />
              </p>
            </div>
          </header>
          <DispatchOverview op={dispatch().op} commands={dispatch().commands} />
          <DispatchResults op={dispatch().op} results={dispatch().results} commands={dispatch().commands} />
        </>
      )}
    </Show>
  );
}
