import { Type } from 'typebox';
import { EVENT_LEVELS, Event } from '../../shared/event.ts';
import { Count, OneOf, Uuid } from '../../shared/schema.ts';
import { type HostFilterDeps, hostIdMeant } from './host-filter.ts';
import { type Api, HostName, named, pageLimit, pageOf, refusals } from './route.ts';

const PAGE = 100;

export type EventRoutesDeps = HostFilterDeps;

export function eventRoutes(api: Api, deps: EventRoutesDeps): void {
  api.get(
    '/events',
    {
      schema: {
        operationId: 'listEvents',
        summary: 'What happened, oldest first: with the last id seen as `after` nothing is missed or told twice',
        tags: ['events'],
        querystring: Type.Object(
          {
            host: Type.Optional(HostName),
            command: Type.Optional(Uuid),
            level: Type.Optional(OneOf(EVENT_LEVELS)),
            after: Type.Optional(Count),
            limit: pageLimit(PAGE),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(named('Event', Event), Count), ...refusals('invalid_request', 'unknown_host') },
      },
    },
    async ({ query: { host, command, level, after, limit = PAGE } }) =>
      deps.store.events.list({
        ...(host !== undefined && { hostId: hostIdMeant(deps, host) }),
        ...(command !== undefined && { commandId: command }),
        ...(level !== undefined && { level }),
        ...(after !== undefined && { cursor: after }),
        first: 'oldest',
        limit,
      }),
  );
}
