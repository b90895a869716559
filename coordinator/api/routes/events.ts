import { Readable } from 'node:stream';
import { type Static, Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import { EVENT_CATEGORIES, EVENT_LEVELS, Event } from '../../../shared/model/event.ts';
import { Count, OneOf, Time, Uuid } from '../../../shared/schema.ts';
import type { Names } from '../../auth/names.ts';
import { type EventsDeps, EXPORT_FORMATS, EXPORT_TYPES, eventsOf, exportOf } from '../http/event-export.ts';
import { type HostFilterDeps, hostIdMeant } from '../http/host-filter.ts';
import { type Api, HostName, named, pageLimit, pageOf, refusals } from '../http/route.ts';

const PAGE = 100;

/** The id of an event. */
const CURSOR = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

const EventPage = pageOf(named('Event', Event), Count);
const Answer = Type.Unsafe<Static<typeof EventPage> | Readable>({
  description: 'A page; the whole span where a format is asked for',
  content: {
    'application/json': { schema: EventPage },
    'text/csv': { schema: { type: 'string' } },
    'application/x-ndjson': { schema: { type: 'string' } },
  },
});

export type EventRoutesDeps = HostFilterDeps & EventsDeps & { names: Pick<Names, 'beside'> };

export function eventRoutes(api: Api, deps: EventRoutesDeps): void {
  api.get(
    '/events',
    {
      // A HEAD would read the whole span to answer nothing.
      exposeHeadRoute: false,
      schema: {
        operationId: 'listEvents',
        summary: 'Events: oldest first, to follow with `after`; newest first, to read back with `before`',
        tags: ['events'],
        querystring: Type.Object(
          {
            host: Type.Optional(HostName),
            command: Type.Optional(Uuid),
            level: Type.Optional(OneOf(EVENT_LEVELS)),
            after: Type.Optional(
              Type.Integer({ ...CURSOR, description: 'Only later events: none is missed or told twice' }),
            ),
            before: Type.Optional(
              Type.Integer({
                ...CURSOR,
                description: `Only earlier ones, newest first; ${CURSOR.maximum} for the newest`,
              }),
            ),
            category: Type.Optional(OneOf(EVENT_CATEGORIES)),
            since: Type.Optional(
              Type.Integer({ ...Time, description: 'Only from this time on; ms since the Unix epoch' }),
            ),
            until: Type.Optional(
              Type.Integer({ ...Time, description: 'Only before this time; ms since the Unix epoch' }),
            ),
            format: Type.Optional(
              OneOf(EXPORT_FORMATS, {
                description: 'Stream the whole span, without pages; `limit` still counts where it is given',
              }),
            ),
            limit: pageLimit(PAGE),
          },
          { additionalProperties: false },
        ),
        response: { 200: Answer, ...refusals('invalid_request', 'unknown_host') },
      },
    },
    async ({ query }, reply) => {
      const { host, command, level, after, before, category, since, until, format, limit } = query;
      if (after !== undefined && before !== undefined)
        throw new SwitchyardError('invalid_request', 'after reads on and before reads back: give one of them');
      const cursor = after ?? before;
      const hostId = host === undefined ? undefined : await hostIdMeant(deps, host);
      const first = before === undefined ? 'oldest' : 'newest';
      if (format === undefined && (category ?? since ?? until) === undefined)
        return deps.store.events.list({
          ...(hostId !== undefined && { hostId }),
          ...(command !== undefined && { commandId: command }),
          ...(level !== undefined && { level }),
          ...(cursor !== undefined && { cursor }),
          first,
          limit: limit ?? PAGE,
        });

      const span = {
        ...(category !== undefined && { category }),
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
        ...(cursor !== undefined && { cursor }),
        first,
      } as const;
      const fits = (event: Event): boolean =>
        (hostId === undefined || event.hostId === hostId) &&
        (command === undefined || event.commandId === command) &&
        (level === undefined || event.level === level);
      if (format === undefined) {
        const wanted = limit ?? PAGE;
        // One item more than the page holds shows whether there is more.
        const found: Event[] = [];
        for await (const piece of eventsOf(deps, span, { fits, limit: wanted + 1 })) found.push(...piece);
        const items = found.slice(0, wanted);
        return { items, next: found.length > wanted ? (items.at(-1)?.id ?? null) : null };
      }
      const found = eventsOf(deps, span, { fits, limit: limit ?? Number.POSITIVE_INFINITY });
      reply.type(EXPORT_TYPES[format]);
      reply.header('content-disposition', `attachment; filename="switchyard-events.${format}"`);
      return Readable.from(exportOf(found, format, deps.names.beside), { objectMode: false });
    },
  );
}
