import { WhoAmI } from '../../../shared/grant.ts';
import type { Api } from '../http/route.ts';

export function whoamiRoutes(api: Api): void {
  api.get(
    '/whoami',
    {
      schema: {
        operationId: 'whoami',
        summary: 'Who you are here, and what you may do',
        tags: ['access'],
        response: { 200: WhoAmI },
      },
    },
    async ({ caller: { principal, expiresAt, steppedUpUntil } }) => ({
      actor: principal.actor,
      grants: [...principal.grants],
      expiresAt,
      steppedUpUntil: steppedUpUntil(),
    }),
  );
}
