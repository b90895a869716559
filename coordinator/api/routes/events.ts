import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/errors.ts';
import { EVENT_LEVELS, Event } from '../../../shared/event.ts';
import { Count, OneOf, Uuid } from '../../../shared/schema.ts';
import { type HostFilterDeps, hostIdMeant } from '../http/host-filter.ts';
import { type Api, HostName, named, pageLimit, pageOf, refusals } from '../http/route.ts';

const PAGE = 100;

/** The id of an event. */
const CURSOR = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

export type EventRoutesDeps = HostFilterDeps;

export function eventRoutes(api: Api, deps: EventRoutesDeps): void {
  api.get(
    '/events',
    {
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
            limit: pageLimit(PAGE),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(named('Event', Event), Count), ...refusals('invalid_request', 'unknown_host') },
      },
    },
    async ({ query: { host, command, level, after, before, limit = PAGE } }) => {
      if (after !== undefined && before !== undefined)
        throw new SwitchyardError('invalid_request', 'after reads on and before reads back: give one of them');
      const cursor = after ?? before;
      return deps.store.events.list({
        ...(host !== undefined && { hostId: await hostIdMeant(deps, host) }),
        ...(command !== undefined && { commandId: command }),
        ...(level !== undefined && { level }),
        ...(cursor !== undefined && { cursor }),
        first: before === undefined ? 'oldest' : 'newest',
        limit,
      });
    },
  );
}
