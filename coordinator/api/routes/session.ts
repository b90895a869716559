import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/errors.ts';
import type { Auth } from '../../auth/auth.ts';
import { isOwnOrigin } from '../../auth/origin.ts';
import type { RefuseCaller } from '../http/access.ts';
import { type Api, NoContent, refusals } from '../http/route.ts';

export type SessionRoutesDeps = {
  auth: Pick<Auth, 'admin' | 'openSession' | 'closeSession'>;
  refuse: RefuseCaller;
  origins: readonly string[];
};

export function sessionRoutes(api: Api, { auth, refuse, origins }: SessionRoutesDeps): void {
  api.post(
    '/session',
    {
      config: { access: 'anybody' },
      schema: {
        operationId: 'openSession',
        summary: "Sets the dashboard's cookie",
        tags: ['session'],
        body: Type.Object({ token: Type.String({ minLength: 1, maxLength: 4096 }) }, { additionalProperties: false }),
        response: { 204: NoContent, ...refusals('invalid_request', 'unauthorized', 'forbidden_origin') },
      },
    },
    async (request, reply) => {
      const { origin } = request.headers;
      // A page of another origin could otherwise put its own session under the person's next click.
      if (origin !== undefined && !isOwnOrigin(request.headers, origins))
        throw new SwitchyardError('forbidden_origin', 'This session was asked for by a page of another origin');
      if (auth.admin(request.body.token) === null) refuse(request, 'This is not the admin token');
      // What is in front of the coordinator ends TLS; the browser knows by which scheme it came.
      reply.header('set-cookie', auth.openSession(origin?.startsWith('https:') ?? false));
      return reply.code(204).send(null);
    },
  );

  api.delete(
    '/session',
    {
      config: { access: 'anybody' },
      schema: {
        operationId: 'closeSession',
        summary: "Clears the dashboard's cookie",
        tags: ['session'],
        response: { 204: NoContent },
      },
    },
    async (_request, reply) => reply.header('set-cookie', auth.closeSession()).code(204).send(null),
  );
}
