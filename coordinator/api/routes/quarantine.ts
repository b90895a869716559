import { Type } from 'typebox';
import { Quarantined } from '../../../shared/model/rollout.ts';
import { CommitId } from '../../../shared/schema.ts';
import type { Quarantine } from '../../dispatch/quarantine.ts';
import { type Api, NoContent, named, refusals } from '../http/route.ts';

export type QuarantineRoutesDeps = { quarantine: Pick<Quarantine, 'list' | 'lift'> };

export function quarantineRoutes(api: Api, { quarantine }: QuarantineRoutesDeps): void {
  api.get(
    '/quarantine',
    {
      schema: {
        operationId: 'listQuarantine',
        summary: 'Commits that only forced commands may go to, oldest first',
        tags: ['rollouts'],
        response: { 200: Type.Array(named('Quarantined', Quarantined)) },
      },
    },
    async () => [...quarantine.list()],
  );
  api.delete(
    '/quarantine/:commit',
    {
      schema: {
        operationId: 'liftQuarantine',
        summary: 'Lets commands and rollouts go to this commit again',
        tags: ['rollouts'],
        params: Type.Object({ commit: CommitId }),
        response: { 204: NoContent, ...refusals('invalid_request', 'not_quarantined') },
      },
    },
    async ({ params: { commit }, actor }, reply) => {
      await quarantine.lift(commit, actor);
      return reply.code(204).send(null);
    },
  );
}
