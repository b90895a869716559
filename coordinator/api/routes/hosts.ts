import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import { HostToken, NewToken } from '../../../shared/api/resources.ts';
import { Host, Maintenance } from '../../../shared/model/host.ts';
import { Name, WhereText } from '../../../shared/schema.ts';
import { MAX_GRACE_MS } from '../../auth/former-tokens.ts';
import { permitOp } from '../../auth/permissions.ts';
import type { Fitting } from '../../hosts/fitting.ts';
import type { Registry } from '../../hosts/registry.ts';
import type { Roster } from '../../hosts/roster.ts';
import type { HostViews } from '../../hosts/view.ts';
import { pageOfItems } from '../../store/page-budget.ts';
import { type Api, HostParams, NoContent, named, pageLimit, pageOf, refusals } from '../http/route.ts';

export type HostRoutesDeps = {
  registry: Registry;
  roster: Pick<Roster, 'byName' | 'find'>;
  views: Pick<HostViews, 'of' | 'prepare'>;
  fitting: Fitting;
};

const HostRef = named('Host', Host);
const Tags = Type.Array(Name, { maxItems: 100, uniqueItems: true });

const NewHost = Type.Object({ name: Name, tags: Type.Optional(Tags) }, { additionalProperties: false });
const MaintenanceBody = Type.Partial(Maintenance, { additionalProperties: false });
const HostPatch = Type.Object(
  { name: Type.Optional(Name), tags: Type.Optional(Tags) },
  { additionalProperties: false },
);

const Rotation = Type.Object(
  {
    graceMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_GRACE_MS,
        description: 'How long the old token still works, in ms, until the new one is used; 0 if absent',
      }),
    ),
  },
  { additionalProperties: false },
);

/** Hosts are long, because each carries its report. */
const PAGE = 500;

export function hostRoutes(api: Api, { registry, roster, views, fitting }: HostRoutesDeps): void {
  const viewOf = async (idOrName: string): Promise<Host> => {
    const id = roster.find(idOrName)?.id;
    if (id !== undefined) await views.prepare([id]);
    const host = id === undefined ? null : views.of(id);
    if (!host) throw new SwitchyardError('unknown_host', `No host has the id or name "${idOrName}"`);
    return host;
  };

  api.post(
    '/hosts',
    {
      schema: {
        operationId: 'addHost',
        summary: 'Registers a host; the only answer that shows its token',
        tags: ['hosts'],
        body: NewHost,
        response: { 201: HostToken, ...refusals('invalid_request', 'host_exists', 'limit_reached') },
      },
    },
    async ({ body: { name, tags = [] }, actor }, reply) =>
      reply.code(201).send(await registry.add({ name, tags }, actor)),
  );

  api.get(
    '/hosts',
    {
      schema: {
        operationId: 'listHosts',
        summary: 'Hosts by name',
        tags: ['hosts'],
        querystring: Type.Object(
          {
            limit: pageLimit(PAGE),
            where: Type.Optional(WhereText),
            after: Type.Optional(Type.String({ description: 'The `next` of the previous page' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(HostRef, Name), ...refusals('invalid_request', 'invalid_where') },
      },
    },
    async ({ query: { limit = PAGE, after = '', where } }) => {
      const fits = where === undefined ? null : await fitting.ids(where);
      const rest = roster.byName().filter(({ id, name }) => name > after && (fits?.has(id) ?? true));
      const ids = rest.slice(0, limit).map(({ id }) => id);
      await views.prepare(ids);
      const shown = ids.flatMap((id) => views.of(id) ?? []);
      const items = pageOfItems(shown, limit, (view) => JSON.stringify(view).length);
      const isMore = rest.length > limit || items.length < shown.length;
      return { items, next: isMore ? (items.at(-1)?.name ?? null) : null };
    },
  );

  api.get(
    '/hosts/:host',
    {
      schema: {
        operationId: 'getHost',
        summary: 'A host as it is known now',
        tags: ['hosts'],
        params: HostParams,
        response: { 200: HostRef, ...refusals('unknown_host') },
      },
    },
    async ({ params: { host } }) => viewOf(host),
  );

  api.patch(
    '/hosts/:host',
    {
      schema: {
        operationId: 'changeHost',
        summary: 'Renames a host, or sets the tags that an admin gave it',
        tags: ['hosts'],
        params: HostParams,
        body: HostPatch,
        response: { 200: HostRef, ...refusals('invalid_request', 'unknown_host', 'host_exists') },
      },
    },
    async ({ params: { host }, body, actor }) => viewOf(await registry.patch(host, body, actor)),
  );

  api.post(
    '/hosts/:host/maintenance',
    {
      schema: {
        operationId: 'setMaintenance',
        summary: 'Puts a host into maintenance; `null` ends it',
        tags: ['hosts'],
        params: HostParams,
        body: Type.Union([MaintenanceBody, Type.Null()]),
        response: { 200: HostRef, ...refusals('invalid_request', 'unknown_host') },
      },
    },
    async ({ params: { host }, body, actor, caller }) => {
      const known = roster.find(host);
      if (known) permitOp(caller.principal, 'maintenance', [known]);
      return viewOf(
        await registry.maintain(host, body && { until: body.until ?? null, reason: body.reason ?? '' }, actor),
      );
    },
  );

  api.delete(
    '/hosts/:host',
    {
      schema: {
        operationId: 'removeHost',
        summary: 'Removes a host: its token and connection end, its active command is LOST, queued ones are CANCELLED',
        tags: ['hosts'],
        params: HostParams,
        response: { 204: NoContent, ...refusals('unknown_host') },
      },
    },
    async ({ params: { host }, actor }, reply) => {
      await registry.remove(host, actor);
      return reply.code(204).send(null);
    },
  );

  api.post(
    '/hosts/:host/token',
    {
      // No body means no grace.
      preValidation: async (request) => {
        request.body ??= {};
      },
      schema: {
        operationId: 'rotateHostToken',
        summary: 'Gives a host a new token; the old one stops working, at once or after a grace',
        tags: ['hosts'],
        params: HostParams,
        body: Rotation,
        response: { 200: NewToken, ...refusals('invalid_request', 'unknown_host') },
      },
    },
    async ({ params: { host }, body, actor }) => registry.rotateToken(host, actor, body?.graceMs ?? 0),
  );
}
