import { createMemo, For, Show } from 'solid-js';
import { EVENT_LOOKS } from '../../../../shared/looks/looks.ts';
import { nameFirst } from '../../../../shared/model/actor.ts';
import type { Event } from '../../../../shared/model/event.ts';
import { useLive } from '../../app/context.ts';
import { commandPath, hostPath } from '../../app/router.ts';
import { groupEvents, groupInWords } from '../../words/event-groups.ts';
import { Badge } from '../basics/badge.tsx';
import { Time } from '../basics/time.tsx';
import { isSameList } from './steady.ts';

/** Events with host and actor. Each is drawn once, however often it arrives. */
export function EventList(props: { events: readonly Event[]; withoutHost?: boolean }) {
  const live = useLive();
  const nameOf = (hostId: string): string => live.host(hostId)?.name ?? 'a removed host';
  const byId = createMemo(() => new Map(groupEvents(props.events).map((group) => [String(group.id), group])));
  const ids = createMemo(() => [...byId().keys()], undefined, { equals: isSameList });
  return (
    <ol class="events" classList={{ 'without-host': props.withoutHost }}>
      <For each={ids()}>
        {(id) => (
          <Show when={byId().get(id)}>
            {(group) => {
              const event = () => group().events[0];
              const isOne = () => group().events.length === 1;
              const host = () => (isOne() ? live.host(event().hostId ?? '')?.name : undefined);
              return (
                <li>
                  <Time at={event().at} />
                  <Badge look={EVENT_LOOKS[event().level]} />
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
                    {isOne() ? event().message : groupInWords(group(), nameOf)}
                    <Show when={isOne() && event().next}>
                      <span class="quiet"> Next: {event().next}</span>
                    </Show>
                  </span>
                  <span class="quiet" title={event().address === null ? undefined : `from ${event().address}`}>
                    {nameFirst(event().actor, event().actorName)}
                  </span>
                  <span>
                    <Show when={event().commandId}>{(id) => <a href={commandPath(id())}>command</a>}</Show>
                  </span>
                </li>
              );
            }}
          </Show>
        )}
      </For>
    </ol>
  );
}
