import type { Event } from '../../../shared/model/event.ts';

/** Events on one line: a single one, or the same thing on many hosts at one time. Newest first. */
export type EventGroup = { id: number; events: readonly [Event, ...Event[]] };

/** Events that every host gets after a restart of the coordinator; one more says nothing new. */
const ALIKE: ReadonlySet<string> = new Set(['host_online', 'host_offline']);
/** Fewer are shown one by one. */
const LEAST = 4;
const SPAN_MS = 60_000;

/** A group is known by its oldest event, so it stays the same as newer ones join. */
export function groupEvents(events: readonly Event[]): EventGroup[] {
  const groups: EventGroup[] = [];
  let run: Event[] = [];
  const end = () => {
    const [first, ...rest] = run;
    if (first && run.length >= LEAST) groups.push({ id: run.at(-1)?.id ?? first.id, events: [first, ...rest] });
    else for (const one of run) groups.push({ id: one.id, events: [one] });
    run = [];
  };
  for (const event of events) {
    const [newest] = run;
    const fits =
      newest !== undefined &&
      ALIKE.has(event.code) &&
      event.code === newest.code &&
      event.level === newest.level &&
      newest.at - event.at <= SPAN_MS;
    if (!fits) end();
    run.push(event);
  }
  end();
  return groups;
}

const NAMED = 3;

/** `45 hosts are online: web1, web2, web3 and 42 more`. */
export function groupInWords({ events }: EventGroup, nameOf: (hostId: string) => string): string {
  const [first] = events;
  const names = [...new Set(events.flatMap(({ hostId }) => (hostId === null ? [] : nameOf(hostId))))];
  const some = names.slice(0, NAMED).join(', ');
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const what =
    first.code === 'host_online' ? 'are online' : first.level === 'info' ? 'restart, as was asked' : 'went offline';
  return `${names.length} hosts ${what}: ${some}${more}`;
}
