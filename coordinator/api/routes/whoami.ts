import { WhoAmI } from '../../../shared/model/grant.ts';
import type { FileConfig } from '../../config/config-file.ts';
import type { Api } from '../http/route.ts';

export type WhoamiRoutesDeps = { access: Pick<FileConfig['access'], 'stepUp' | 'twoPeople'> };

export function whoamiRoutes(api: Api, { access }: WhoamiRoutesDeps): void {
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
      stepUpOps: [...access.stepUp],
      twoPeople: access.twoPeople,
    }),
  );
}
