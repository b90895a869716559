import { For, Show } from 'solid-js';
import type { Event } from '../../../shared/event.ts';
import { useLive } from '../app/context.ts';
import { commandPath, hostPath } from '../app/router.ts';
import { EVENT_LOOKS } from '../words/status-look.ts';
import { Badge } from './badge.tsx';
import { Time } from './time.tsx';

/** What happened, why, and what comes next. */
export function EventList(props: { events: Event[] }) {
  const live = useLive();
  return (
    <ol class="events">
      <For each={props.events}>
        {(event) => {
          const host = () => (event.hostId === null ? undefined : live.host(event.hostId)?.name);
          return (
            <li>
              <Badge look={EVENT_LOOKS[event.level]} />
              <div>
                <p>
                  {event.message}
                  <Show when={event.next}>
                    <span class="quiet"> Next: {event.next}</span>
                  </Show>
                </p>
                <p class="meta">
                  <Time at={event.at} />
                  <span>{event.actor}</span>
                  <Show when={host()}>{(name) => <a href={hostPath(name())}>{name()}</a>}</Show>
                  <Show when={event.commandId}>{(id) => <a href={commandPath(id())}>command</a>}</Show>
                </p>
              </div>
            </li>
          );
        }}
      </For>
    </ol>
  );
}
