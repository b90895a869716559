import { Match, Show, Switch } from 'solid-js';
import { commandLook } from '../../../../shared/looks/looks.ts';
import type { Host } from '../../../../shared/model/host.ts';
import { useLive } from '../../app/context.ts';
import { commandPath } from '../../app/router.ts';
import { href } from '../../feed/root.ts';
import { Badge } from '../basics/badge.tsx';
import { Ago } from '../basics/time.tsx';
import { Progress } from '../command/progress.tsx';

/** A host's active command, else its last one, and the number of those that wait. */
export function FleetCommand(props: { host: Host }) {
  const live = useLive();
  const active = () => live.command(props.host.activeCommandId ?? '');
  const latest = () => live.latest(props.host.id);
  const shown = () => active() ?? latest();
  const queued = () => live.queued(props.host.id).filter(({ id }) => id !== shown()?.id);
  return (
    <>
      <Switch fallback={<span class="quiet">no command yet</span>}>
        <Match when={active()}>
          {(command) => (
            <>
              <a class="strong" href={commandPath(command().id)}>
                {command().op}
              </a>
              <Show
                when={command().progress && commandLook(command()).tone === 'working'}
                fallback={<Badge look={commandLook(command())} />}
              >
                <Progress command={command()} />
              </Show>
            </>
          )}
        </Match>
        <Match when={live.untracked(props.host.id)}>
          {(running) => (
            <>
              <a class="strong" href={commandPath(running().id)}>
                {running().op}
              </a>
              <span class="cut" title="It is no longer tracked, and the host is busy until it ends">
                still runs, untracked
              </span>
            </>
          )}
        </Match>
        <Match when={latest()}>
          {(command) => (
            <>
              <a href={commandPath(command().id)}>{command().op}</a>
              <Badge look={commandLook(command())} />
              <Show when={(command().status !== 'SUCCESS' || command().targetCommandId) && command().message}>
                {(message) => (
                  <span class="quiet cut" title={message()}>
                    {message()}
                  </span>
                )}
              </Show>
              <Ago at={command().finishedAt ?? command().createdAt} />
            </>
          )}
        </Match>
      </Switch>
      <Show when={queued().length > 0}>
        <a
          class="num"
          href={href(`/commands?status=QUEUED&host=${encodeURIComponent(props.host.name)}`)}
          title={queued()
            .map(({ op }) => op)
            .join(', ')}
        >
          {queued().length} queued
        </a>
      </Show>
    </>
  );
}
