import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/errors.ts';
import type { Auth } from '../../auth/auth.ts';
import { isOwnOrigin } from '../../auth/origin.ts';
import type { SignIns } from '../../auth/sign-ins.ts';
import type { AddressOf } from '../../config/client-address.ts';
import type { RefuseCaller } from '../http/access.ts';
import { type Api, NoContent, refusals } from '../http/route.ts';

export type SessionRoutesDeps = {
  auth: Pick<Auth, 'byToken' | 'bySession' | 'openSession' | 'closeSession'>;
  signIns: Pick<SignIns, 'end' | 'failed'>;
  addressOf: AddressOf;
  refuse: RefuseCaller;
  origins: readonly string[];
};

export function sessionRoutes(api: Api, { auth, signIns, addressOf, refuse, origins }: SessionRoutesDeps): void {
  api.post(
    '/session',
    {
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
      const address = addressOf(request.raw);
      const caller = auth.byToken(request.body.token);
      if (caller === null) {
        await signIns.failed(address);
        return refuse(request, 'This is neither the admin token nor one with grants');
      }
      const { actor } = caller.principal;
      // What is in front of the coordinator ends TLS; the browser knows by which scheme it came.
      reply.header('set-cookie', await auth.openSession(actor, address, origin?.startsWith('https:') ?? false));
      return reply.code(204).send(null);
    },
  );

  api.delete(
    '/session',
    {
      schema: {
        operationId: 'closeSession',
        summary: "Ends the session and all that was opened with it, and clears the dashboard's cookie",
        tags: ['session'],
        response: { 204: NoContent, ...refusals('forbidden_origin', 'storage_unavailable') },
      },
    },
    async (request, reply) => {
      const { origin, cookie } = request.headers;
      if (origin !== undefined && !isOwnOrigin(request.headers, origins))
        throw new SwitchyardError('forbidden_origin', 'This was asked for by a page of another origin');
      reply.header('set-cookie', auth.closeSession());
      const caller = auth.bySession(cookie);
      if (caller) await signIns.end(caller.signIn, addressOf(request.raw));
      return reply.code(204).send(null);
    },
  );
}
