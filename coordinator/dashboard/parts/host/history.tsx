import { Show } from 'solid-js';
import type { Host } from '../../../../shared/model/host.ts';
import { api } from '../../app/api.ts';
import { useLive } from '../../app/context.ts';
import { createRemote } from '../../app/remote.ts';
import { href } from '../../feed/root.ts';
import { CommandTable } from '../command/table.tsx';

const HISTORY = '20';

/** The last commands of a host. */
export function HostHistory(props: { host: Host }) {
  const live = useLive();
  // Requested again with each new command of this host; the rows themselves follow the feed.
  const asOf = () => `${props.host.id} ${live.latest(props.host.id)?.id}`;
  const history = createRemote(asOf, () => api.commands({ host: props.host.id, limit: HISTORY }));
  return (
    <section aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      <Show when={history.fault()}>{(fault) => <p class="fault">{fault().detail}</p>}</Show>
      <Show when={history.body()?.items.length === 0}>
        <p class="hint">It has run nothing yet.</p>
      </Show>
      <Show when={history.body()?.items.length}>
        <CommandTable commands={history.body()?.items ?? []} withoutHost />
        <a href={href(`/commands?host=${encodeURIComponent(props.host.name)}`)}>All commands of {props.host.name}</a>
      </Show>
    </section>
  );
}
