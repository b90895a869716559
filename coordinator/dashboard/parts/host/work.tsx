import { createMemo, For, Show } from 'solid-js';
import { commandLook } from '../../../../shared/looks/looks.ts';
import type { Command } from '../../../../shared/model/command.ts';
import type { Host } from '../../../../shared/model/host.ts';
import { useLive } from '../../app/context.ts';
import { commandPath } from '../../app/router.ts';
import { Badge } from '../basics/badge.tsx';
import { CommandActions } from '../command/actions.tsx';
import { ProgressBars } from '../command/progress.tsx';
import { NeedBody } from '../need/body.tsx';
import { needLook } from '../need/needs-you.tsx';

/** Why a host needs a person, and the commands that it runs or that wait for it. */
export function HostWork(props: { host: Host }) {
  const live = useLive();
  const active = () => live.command(props.host.activeCommandId ?? '');
  const need = createMemo(() => live.needs().find(({ hostId }) => hostId === props.host.id));
  return (
    <>
      <Show when={need()}>
        {(needed) => (
          <section class="panel host-need" aria-labelledby="need-title" data-tone={needLook(needed()).tone}>
            <h2 id="need-title">
              {/* A failed host's badge stands above already. */}
              <Show when={needed().items.length > 0}>
                <Badge look={needLook(needed())} />{' '}
              </Show>
              Why it needs you
            </h2>
            <NeedBody need={needed()} />
          </section>
        )}
      </Show>
      <Show when={active()}>
        {(command) => (
          // A command that asks stands above, with its actions.
          <Show when={!need()?.items.some(({ commandId }) => commandId === command().id)}>
            <UnderWay label="Active command" command={command()} host={props.host.name} />
          </Show>
        )}
      </Show>
      <Show when={!active() && !need()}>
        <p class="quiet">Nothing is under way.</p>
      </Show>

      <Show when={!active() && live.untracked(props.host.id)}>
        {(running) => (
          <section class="panel" aria-label="Untracked command">
            <p>
              <a class="strong" href={commandPath(running().id)}>
                {running().op}
              </a>{' '}
              still runs, and is no longer tracked: the host is busy until it ends. Its page can kill it.
            </p>
          </section>
        )}
      </Show>
      <For each={live.queued(props.host.id).map(({ id }) => id)}>
        {(id) => (
          <Show when={live.command(id)}>
            {(command) => <UnderWay label="Queued command" command={command()} host={props.host.name} />}
          </Show>
        )}
      </For>
    </>
  );
}

/** A command that has not ended, with its actions. */
function UnderWay(props: { label: string; command: Command; host: string }) {
  return (
    <section class="panel under-way" aria-label={props.label}>
      <div class="line-of">
        <Badge look={commandLook(props.command)} />
        <a class="strong" href={commandPath(props.command.id)}>
          {props.command.op}
        </a>
      </div>
      <CommandActions command={props.command} host={props.host} />
      <ProgressBars command={props.command} />
    </section>
  );
}
