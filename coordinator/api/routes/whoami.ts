import { WhoAmI } from '../../../shared/grant.ts';
import type { Api } from '../http/route.ts';

export function whoamiRoutes(api: Api): void {
  api.get(
    '/whoami',
    {
      schema: {
        operationId: 'whoami',
        summary: 'Your name and your grants',
        tags: ['access'],
        response: { 200: WhoAmI },
      },
    },
    async ({ caller: { principal, signIn, expiresAt, steppedUpUntil } }) => ({
      actor: principal.actor,
      name: signIn?.person?.name ?? null,
      grants: [...principal.grants],
      expiresAt,
      steppedUpUntil: steppedUpUntil(),
    }),
  );
}
