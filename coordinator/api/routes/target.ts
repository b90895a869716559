import { Target } from '../../../shared/model/target.ts';
import type { TargetPoller } from '../../target/poller.ts';
import { type Api, named } from '../http/route.ts';

export type TargetRoutesDeps = { target: Pick<TargetPoller, 'current' | 'refresh'> };

export function targetRoutes(api: Api, { target }: TargetRoutesDeps): void {
  const TargetRef = named('Target', Target);
  api.get(
    '/target',
    {
      schema: {
        operationId: 'getTarget',
        summary: 'The commit that the fleet should be at, as of the last look',
        tags: ['target'],
        response: { 200: TargetRef },
      },
    },
    async () => target.current(),
  );
  api.post(
    '/target/refresh',
    {
      schema: {
        operationId: 'refreshTarget',
        summary: 'Looks now, and answers what was found',
        tags: ['target'],
        response: { 200: TargetRef },
      },
    },
    async () => target.refresh(),
  );
}
