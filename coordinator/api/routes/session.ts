import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import type { Auth } from '../../auth/auth.ts';
import { isOwnOrigin } from '../../auth/origin.ts';
import { ADMIN } from '../../auth/principal.ts';
import type { SignIns } from '../../auth/sign-ins.ts';
import type { AddressOf } from '../../config/client-address.ts';
import type { RefuseCaller } from '../http/access.ts';
import { type Api, NoContent, refusals } from '../http/route.ts';

export type SessionRoutesDeps = {
  auth: Pick<Auth, 'byToken' | 'bySession' | 'openSession' | 'closeSession'>;
  signIns: Pick<SignIns, 'end' | 'stepUp'>;
  addressOf: AddressOf;
  refuse: RefuseCaller;
  origins: readonly string[];
};

const Credential = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 4096 }) },
  { additionalProperties: false },
);

export function sessionRoutes(api: Api, { auth, signIns, addressOf, refuse, origins }: SessionRoutesDeps): void {
  api.post(
    '/session',
    {
      config: { signsIn: true },
      schema: {
        operationId: 'openSession',
        summary: "Sets the dashboard's cookie",
        tags: ['session'],
        body: Credential,
        response: {
          204: NoContent,
          ...refusals('invalid_request', 'unauthorized', 'forbidden_origin', 'rate_limited'),
        },
      },
    },
    async (request, reply) => {
      const { origin } = request.headers;
      // Otherwise a page of another origin could replace the person's session with its own.
      if (origin !== undefined && !isOwnOrigin(request.headers, origins))
        throw new SwitchyardError('forbidden_origin', 'This session was asked for by a page of another origin');
      const address = addressOf(request.raw);
      const caller = auth.byToken(request.body.token);
      if (caller === null) return refuse(request, 'This is neither the admin token nor one with grants');
      const { actor } = caller.principal;
      // A proxy may have ended TLS; the browser knows which scheme it used.
      reply.header(
        'set-cookie',
        await auth.openSession({ actor, address, person: null }, origin?.startsWith('https:') ?? false),
      );
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
      if (caller) await signIns.end(caller.signIn, { actor: caller.signIn.actor, address: addressOf(request.raw) });
      return reply.code(204).send(null);
    },
  );

  api.post(
    '/session/step-up',
    {
      schema: {
        operationId: 'stepUp',
        summary: 'Steps up a session of the dashboard with the admin token',
        tags: ['session'],
        body: Credential,
        response: { 204: NoContent, ...refusals('invalid_request', 'step_up_required') },
      },
    },
    async (request, reply) => {
      const { signIn } = request.caller;
      if (!signIn)
        throw new SwitchyardError('step_up_required', 'A program steps up by asking with the admin token itself');
      const address = addressOf(request.raw);
      if (auth.byToken(request.body.token)?.principal !== ADMIN) return refuse(request, 'This is not the admin token');
      await signIns.stepUp(signIn, address, 'admin token');
      return reply.code(204).send(null);
    },
  );
}
