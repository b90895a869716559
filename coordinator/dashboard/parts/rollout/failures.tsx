import { createMemo, For, Show } from 'solid-js';
import type { RolloutHost } from '../../../../shared/model/rollout.ts';
import { api } from '../../app/api.ts';
import { useLive } from '../../app/context.ts';
import { createRemote } from '../../app/remote.ts';
import { commandPath, hostPath } from '../../app/router.ts';
import { plural } from '../../words/duration.ts';

/** The list of hosts has the others. */
const SHOWN = 10;

/** The hosts that failed, each with its reason and a link to the command. */
export function RolloutFailures(props: { hosts: ReadonlyMap<string, RolloutHost> }) {
  const failed = createMemo(() => [...props.hosts.values()].filter(({ standing }) => standing === 'failed'));
  return (
    <Show when={failed().length > 0}>
      <section aria-labelledby="failures-title">
        <h2 id="failures-title">{plural(failed().length, 'host')} failed</h2>
        <ul class="failures">
          <For
            each={failed()
              .slice(0, SHOWN)
              .map(({ hostId }) => hostId)}
          >
            {(hostId) => <Show when={props.hosts.get(hostId)}>{(host) => <Failure host={host()} />}</Show>}
          </For>
        </ul>
        <Show when={failed().length > SHOWN}>
          <p class="hint">and {failed().length - SHOWN} more, in the list below</p>
        </Show>
      </section>
    </Show>
  );
}

function Failure(props: { host: RolloutHost }) {
  const live = useLive();
  const known = () => live.command(props.host.commandId ?? '');
  // The feed has only each host's latest command.
  const asked = createRemote(
    () => (known() ? null : props.host.commandId),
    (id) => api.command(id),
  );
  const command = () => known() ?? asked.body();
  return (
    <li data-tone="error">
      <a class="strong" href={hostPath(props.host.host)}>
        {props.host.host}
      </a>
      <span class="says">
        {command()?.message ?? props.host.code ?? 'no reason was given'}
        <Show when={command()?.hint}>{(hint) => <span class="hint"> {hint()}</span>}</Show>
      </span>
      <Show when={props.host.commandId}>
        {(id) => (
          <a class="button small" href={commandPath(id())} aria-label={`Open the command on ${props.host.host}`}>
            Open the command
          </a>
        )}
      </Show>
    </li>
  );
}
