import { Type } from 'typebox';
import { EnrolmentRequest, EnrolmentView, NewEnrolment, WaitingHost } from '../../../shared/model/enrolment.ts';
import type { Enrolments } from '../../auth/enrolments.ts';
import type { WaitingHosts } from '../../hosts/waiting-hosts.ts';
import { type Api, IdParams, NoContent, named, refusals } from '../http/route.ts';

export type EnrolmentRoutesDeps = {
  enrolments: Pick<Enrolments, 'list' | 'create' | 'remove'>;
  waitingHosts: Pick<WaitingHosts, 'list' | 'decide'>;
};

export function enrolmentRoutes(api: Api, { enrolments, waitingHosts }: EnrolmentRoutesDeps): void {
  api.get(
    '/enrolments',
    {
      schema: {
        operationId: 'listEnrolments',
        summary: 'Enrolment tokens, oldest first, without their secrets',
        tags: ['enrolment'],
        response: { 200: Type.Array(named('Enrolment', EnrolmentView)) },
      },
    },
    async () => enrolments.list(),
  );

  api.post(
    '/enrolments',
    {
      // No body means no limits.
      preValidation: async (request) => {
        request.body ??= {};
      },
      schema: {
        operationId: 'createEnrolment',
        summary: 'Makes a token with which hosts enrol by themselves; the only answer that shows it',
        tags: ['enrolment'],
        body: EnrolmentRequest,
        response: { 201: NewEnrolment, ...refusals('invalid_request', 'limit_reached') },
      },
    },
    async ({ body, actor }, reply) => reply.code(201).send(await enrolments.create(body, actor)),
  );

  api.delete(
    '/enrolments/:id',
    {
      schema: {
        operationId: 'removeEnrolment',
        summary: 'Removes an enrolment token and the hosts that wait for it; enrolled hosts stay',
        tags: ['enrolment'],
        params: IdParams,
        response: { 204: NoContent, ...refusals('unknown_enrolment') },
      },
    },
    async ({ params: { id }, actor }, reply) => {
      await enrolments.remove(id, actor);
      return reply.code(204).send(null);
    },
  );

  api.get(
    '/enrolments/waiting',
    {
      schema: {
        operationId: 'listWaitingHosts',
        summary: 'Hosts that ask to enrol and wait for a person, oldest first',
        tags: ['enrolment'],
        response: { 200: Type.Array(named('WaitingHost', WaitingHost)) },
      },
    },
    async () => waitingHosts.list(),
  );

  for (const { word, decision, summary } of DECISIONS)
    api.post(
      `/enrolments/waiting/:id/${word}`,
      {
        schema: {
          operationId: `${word}WaitingHost`,
          summary,
          tags: ['enrolment'],
          params: IdParams,
          response: { 204: NoContent, ...refusals('unknown_waiting_host') },
        },
      },
      async ({ params, actor }, reply) => {
        await waitingHosts.decide((params as { id: string }).id, decision, actor);
        return reply.code(204).send(null);
      },
    );
}

const DECISIONS = [
  {
    word: 'approve',
    decision: 'approved',
    summary:
      'Lets a host enrol; in a conflict the known host becomes this agent’s, and the earlier token stops working',
  },
  { word: 'refuse', decision: 'refused', summary: 'Refuses a host; it may still be approved later' },
] as const;
