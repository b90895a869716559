import { createMemo, Show } from 'solid-js';
import type { Command } from '../../../shared/command.ts';
import { api } from '../app/api.ts';
import { useLive } from '../app/context.ts';
import { createRemote } from '../app/remote.ts';
import { DispatchResults } from '../parts/dispatch-results.tsx';
import { Empty } from '../parts/empty.tsx';
import { Time } from '../parts/time.tsx';
import { plural } from '../words/duration.ts';

/** One dispatch: how far it is on its hosts, failures first. */
export function DispatchPage(props: { id: string }) {
  const live = useLive();
  const remote = createRemote(
    () => props.id,
    (id) => api.dispatchOf(id),
  );
  const asked = createMemo(() => new Map((remote.body()?.commands ?? []).map((command) => [command.id, command])));
  /** The feed keeps only each host's latest: what it no longer has, it may have told before. */
  const seen = new Map<string, Command>();
  const commandOf = (id: string): Command | undefined => {
    const [fed, first, last] = [live.command(id), asked().get(id), seen.get(id)];
    const newest = [fed, first, last].reduce((a, b) => (b && (!a || b.rev >= a.rev) ? b : a));
    if (newest) seen.set(id, newest);
    return newest;
  };
  return (
    <Show
      when={remote.body()}
      fallback={
        <Show when={remote.fault()}>
          {(detail) => (
            <Empty title="No such dispatch">
              <p>{detail()}</p>
            </Empty>
          )}
        </Show>
      }
    >
      {(dispatch) => (
        <>
          <header class="page-head">
            <div>
              <h1>
                {dispatch().op} on {plural(dispatch().results.length, 'host')}
              </h1>
              <p>
                Asked for by {dispatch().requestedBy}, <Time at={dispatch().createdAt} />
              </p>
            </div>
          </header>
          <DispatchResults op={dispatch().op} results={dispatch().results} commandOf={commandOf} />
        </>
      )}
    </Show>
  );
}
