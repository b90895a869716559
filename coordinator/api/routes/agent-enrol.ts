import { HostToken } from '../../../shared/api/resources.ts';
import { EnrolBody, EnrolWaits } from '../../../shared/model/enrolment.ts';
import type { AddressOf } from '../../config/client-address.ts';
import type { Enrol } from '../../hosts/enrol.ts';
import { type Api, refusals } from '../http/route.ts';

export type AgentEnrolRoutesDeps = { enrol: Pick<Enrol, 'ask'>; addressOf: AddressOf };

/** Agents, not people: the token is that of an enrolment. */
export function agentEnrolRoutes(api: Api, { enrol, addressOf }: AgentEnrolRoutesDeps): void {
  api.post(
    '/agent/enrol',
    {
      schema: {
        operationId: 'enrol',
        summary: 'Gives a host its token, for the token of an enrolment; 202 while a person has to approve it',
        tags: ['agents'],
        body: EnrolBody,
        response: {
          200: HostToken,
          202: EnrolWaits,
          ...refusals(
            'invalid_request',
            'enrolment_refused',
            'enrolment_conflict',
            'limit_reached',
            'storage_unavailable',
          ),
        },
      },
    },
    async ({ actor: enrolmentId, body, raw }, reply) => {
      const answer = await enrol.ask(enrolmentId, body, addressOf(raw));
      return 'token' in answer ? reply.code(200).send(answer) : reply.code(202).send(answer);
    },
  );
}
