import { createMemo, Show } from 'solid-js';
import type { Host } from '../../../../shared/model/host.ts';
import { useLive } from '../../app/context.ts';
import { plural } from '../../words/duration.ts';
import { EventList } from '../list/event-list.tsx';
import { createSteady } from '../list/steady.ts';
import { SteadyList } from '../list/steady-list.tsx';

const EVENTS = 10;

/** The last events of a host, newest first. */
export function HostEvents(props: { host: Host }) {
  const live = useLive();
  const events = createMemo(() =>
    live
      .events()
      .filter(({ hostId }) => hostId === props.host.id)
      .reverse()
      .slice(0, EVENTS),
  );
  const steady = createSteady(events, ({ id }) => String(id));
  return (
    <Show when={events().length > 0}>
      <section aria-labelledby="events-title">
        <h2 id="events-title">Latest events</h2>
        <SteadyList steady={steady} words={`${plural(steady.pending(), 'newer event')}: show`}>
          <EventList events={steady.keys().flatMap((id) => steady.item(id) ?? [])} withoutHost />
        </SteadyList>
      </section>
    </Show>
  );
}
