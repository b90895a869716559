import { For, Match, Show, Switch } from 'solid-js';
import { HOST_LOOKS } from '../../../shared/host-look.ts';
import { commandLook } from '../../../shared/looks.ts';
import { useLive } from '../app/context.ts';
import { commandPath, filterPath, hostPath } from '../app/router.ts';
import { href } from '../feed/root.ts';
import type { FleetRow } from '../words/fleet-filter.ts';
import { Badge, CompartmentCells } from './badge.tsx';
import { DeadlineText, Progress } from './progress.tsx';
import { Ago } from './time.tsx';

const TAGS = 2;

/** One host of the fleet, as a row or as a card. */
export function FleetHost(props: {
  row: FleetRow;
  /** Gone, but keeps its place until the list is updated. */
  isGone: boolean;
  isSelected: boolean;
  onSelect: (isSelected: boolean, isRange: boolean) => void;
}) {
  const live = useLive();
  const host = () => props.row.host;
  const active = () => live.command(host().activeCommandId ?? '');
  const latest = () => live.latest(host().id);
  const shown = () => active() ?? latest();
  const queued = () => live.queued(host().id).filter(({ id }) => id !== shown()?.id);
  return (
    <>
      <span role="cell" class="c-select">
        <input
          type="checkbox"
          aria-label={`Select ${host().name}`}
          checked={props.isSelected}
          disabled={props.isGone}
          onClick={(event) => props.onSelect(event.currentTarget.checked, event.shiftKey)}
        />
      </span>
      <span role="cell" class="c-status">
        <Show when={!props.isGone} fallback={<span class="quiet">removed</span>}>
          <Badge look={HOST_LOOKS[props.row.state]} />
        </Show>
      </span>
      <span role="cell" class="c-host">
        <a class="strong cut" href={hostPath(host().name)} title={host().name}>
          {host().name}
        </a>
        <For each={host().tags.slice(0, TAGS)}>
          {(tag) => (
            <a class="tag" href={filterPath(`tag:${tag}`)} title={`Hosts with the tag ${tag}`}>
              {tag}
            </a>
          )}
        </For>
      </span>
      <span role="cell" class="c-seen">
        <Ago at={host().lastSeenAt} />
      </span>
      <span role="cell" class="c-compartments">
        <CompartmentCells host={host()} />
      </span>
      <span role="cell" class="c-command">
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
          <Match when={live.untracked(host().id)}>
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
            href={href(`/commands?status=QUEUED&host=${encodeURIComponent(host().name)}`)}
            title={queued()
              .map(({ op }) => op)
              .join(', ')}
          >
            {queued().length} queued
          </a>
        </Show>
      </span>
      <span role="cell" class="c-deadline">
        <Show when={active()}>{(command) => <DeadlineText command={command()} />}</Show>
      </span>
    </>
  );
}
