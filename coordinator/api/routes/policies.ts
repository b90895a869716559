import { Type } from 'typebox';
import { PolicyView } from '../../../shared/model/policy.ts';
import { Name } from '../../../shared/schema.ts';
import type { Policies } from '../../rollout/run/policies.ts';
import { type Api, named, refusals } from '../http/route.ts';

export type PolicyRoutesDeps = { policies: Pick<Policies, 'list' | 'run' | 'pause' | 'resume'> };

const PolicyRef = named('Policy', PolicyView);

export function policyRoutes(api: Api, { policies }: PolicyRoutesDeps): void {
  api.get(
    '/policies',
    {
      schema: {
        operationId: 'listPolicies',
        summary: 'Policies of CONFIG, which start rollouts by themselves, in its order',
        tags: ['rollouts'],
        response: { 200: Type.Array(PolicyRef) },
      },
    },
    async () => policies.list(),
  );
  for (const { word, summary, refused } of WORDS)
    api.post(
      `/policies/:name/${word}`,
      {
        schema: {
          operationId: `${word}Policy`,
          summary,
          tags: ['rollouts'],
          params: Type.Object({ name: Name }),
          response: { 200: PolicyRef, ...refusals('invalid_request', 'unknown_policy', ...refused) },
        },
      },
      async ({ params, caller }) => policies[word]((params as { name: string }).name, caller.principal),
    );
}

const WORDS = [
  {
    word: 'run',
    summary: 'Begins a run of the policy now, and answers with its `rolloutId`',
    refused: ['unknown_op', 'unknown_host', 'rollout_state', 'rollout_overlap', 'quarantined'],
  },
  { word: 'pause', summary: 'Starts no more runs; a rollout that is active goes on', refused: [] },
  { word: 'resume', summary: 'Begins runs by itself again; times that have passed are not made up for', refused: [] },
] as const;
