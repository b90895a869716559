import { Type } from 'typebox';
import { ApiTokenRequest, ApiTokenView, NewApiToken } from '../../../shared/model/grant.ts';
import type { ApiTokens } from '../../auth/api-tokens.ts';
import { type Api, NoContent, named, refusals } from '../http/route.ts';

export type TokenRoutesDeps = { apiTokens: Pick<ApiTokens, 'list' | 'create' | 'remove'> };

const Params = Type.Object({ token: Type.String({ description: 'Id or name of a token' }) });

export function tokenRoutes(api: Api, { apiTokens }: TokenRoutesDeps): void {
  api.get(
    '/tokens',
    {
      schema: {
        operationId: 'listTokens',
        summary: 'Tokens by name, without their secrets',
        tags: ['access'],
        response: { 200: Type.Array(named('ApiToken', ApiTokenView)) },
      },
    },
    async () => apiTokens.list(),
  );

  api.post(
    '/tokens',
    {
      schema: {
        operationId: 'createToken',
        summary: 'Makes a token with grants; the only answer that shows it',
        tags: ['access'],
        body: ApiTokenRequest,
        response: { 201: NewApiToken, ...refusals('invalid_request', 'token_exists', 'limit_reached') },
      },
    },
    async ({ body, actor }, reply) => reply.code(201).send(await apiTokens.create(body, actor)),
  );

  api.delete(
    '/tokens/:token',
    {
      schema: {
        operationId: 'removeToken',
        summary: 'Removes a token, its sessions, and all that is open with it',
        tags: ['access'],
        params: Params,
        response: { 204: NoContent, ...refusals('unknown_token') },
      },
    },
    async ({ params: { token }, actor }, reply) => {
      await apiTokens.remove(token, actor);
      return reply.code(204).send(null);
    },
  );
}
