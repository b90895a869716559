import { For, Show } from 'solid-js';
import type { Event } from '../../../shared/event.ts';
import { EVENT_LOOKS } from '../../../shared/looks.ts';
import { useLive } from '../app/context.ts';
import { commandPath, hostPath } from '../app/router.ts';
import { Badge } from './badge.tsx';
import { Time } from './time.tsx';

/** What happened, to which host, by whom, and what comes next. */
export function EventList(props: { events: Event[]; withoutHost?: boolean }) {
  const live = useLive();
  return (
    <ol class="events" classList={{ 'without-host': props.withoutHost }}>
      <For each={props.events}>
        {(event) => {
          const host = () => (event.hostId === null ? undefined : live.host(event.hostId)?.name);
          return (
            <li>
              <Time at={event.at} />
              <Badge look={EVENT_LOOKS[event.level]} />
              <Show when={!props.withoutHost}>
                <Show when={host()} fallback={<span class="event-host" />}>
                  {(name) => (
                    <a class="strong cut event-host" href={hostPath(name())} title={name()}>
                      {name()}
                    </a>
                  )}
                </Show>
              </Show>
              <span class="says">
                {event.message}
                <Show when={event.next}>
                  <span class="quiet"> Next: {event.next}</span>
                </Show>
              </span>
              <span class="quiet" title={event.address === null ? undefined : `from ${event.address}`}>
                {event.actor}
              </span>
              <span>
                <Show when={event.commandId}>{(id) => <a href={commandPath(id())}>command</a>}</Show>
              </span>
            </li>
          );
        }}
      </For>
    </ol>
  );
}
