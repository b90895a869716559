import { Show } from 'solid-js';
import { HOST_LOOKS, hostSentence, hostState } from '../../../../shared/looks/host-look.ts';
import type { Host } from '../../../../shared/model/host.ts';
import { useApp } from '../../app/context.ts';
import { href } from '../../feed/root.ts';
import { Badge } from '../basics/badge.tsx';
import { Icon } from '../basics/icon.tsx';
import { MaintenanceButton } from './maintenance.tsx';
import { HostNames } from './names.tsx';

/** The head of a host's page: its name, its state in words, and what can be done with it. */
export function HostHead(props: { host: Host }) {
  const { live, openDispatch, canAct, may } = useApp();
  const state = () => hostState(props.host, live.latest(props.host.id), live.needy().has(props.host.id));
  const work = () => ({
    active: live.command(props.host.activeCommandId ?? ''),
    queued: live.queued(props.host.id),
  });
  return (
    <header class="page-head">
      <div>
        <h1>{props.host.name}</h1>
        <p class="lead">
          <Badge look={HOST_LOOKS[state()]} />
          <span>{hostSentence(props.host, state(), work(), live.now())}</span>
        </p>
        <Show when={props.host.lastSeenAt === null}>
          <p class="hint">
            Start an agent on it with its token; where the token is lost, <a href={href('/settings')}>Settings</a> gives
            it a new one.
          </p>
        </Show>
      </div>
      <div class="actions">
        <MaintenanceButton host={props.host} />
        <Show when={may('admin')}>
          <HostNames host={props.host} />
        </Show>
        <Show when={may('operator')}>
          <button
            type="button"
            class="button primary"
            disabled={!canAct()}
            onClick={() => openDispatch({ hosts: [props.host.name] })}
          >
            <Icon name="play" />
            Run…
          </button>
        </Show>
      </div>
    </header>
  );
}
