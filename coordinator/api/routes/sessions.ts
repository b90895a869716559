import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import { SessionView } from '../../../shared/model/grant.ts';
import type { Caller } from '../../auth/auth.ts';
import { allows } from '../../auth/permissions.ts';
import type { SignIns } from '../../auth/sign-ins.ts';
import type { AddressOf } from '../../config/client-address.ts';
import { type Api, IdParams, NoContent, refusals } from '../http/route.ts';

export type SessionListRoutesDeps = {
  signIns: Pick<SignIns, 'end' | 'find' | 'list'>;
  addressOf: AddressOf;
};

export function sessionListRoutes(api: Api, { signIns, addressOf }: SessionListRoutesDeps): void {
  api.get(
    '/sessions',
    {
      schema: {
        operationId: 'listSessions',
        summary: 'Your sessions of dashboard and command line, oldest first; for an admin, all',
        tags: ['session'],
        response: { 200: Type.Array(SessionView) },
      },
    },
    async ({ caller }) =>
      signIns
        .list()
        .filter(({ actor }) => mayEnd(caller, actor))
        .map(({ id, actor, person, address, openedAt, expiresAt }) => ({
          id,
          actor,
          name: person?.name ?? null,
          address,
          openedAt,
          expiresAt,
          current: id === caller.signIn?.id,
        })),
  );

  api.delete(
    '/sessions/:id',
    {
      schema: {
        operationId: 'endSession',
        summary: 'Ends one of your sessions and all that was opened with it; for an admin, any',
        tags: ['session'],
        params: IdParams,
        response: { 204: NoContent, ...refusals('unknown_session') },
      },
    },
    async (request, reply) => {
      const { params, caller, actor, raw } = request;
      const signIn = signIns.find(params.id);
      if (!signIn || !mayEnd(caller, signIn.actor))
        throw new SwitchyardError('unknown_session', `You have no session of the id ${params.id}`);
      if (signIn.id === caller.signIn?.id) request.outlive();
      await signIns.end(signIn, { actor, address: addressOf(raw) });
      return reply.code(204).send(null);
    },
  );
}

const mayEnd = ({ principal }: Caller, actor: string): boolean =>
  principal.actor === actor || allows(principal, { role: 'admin' });
