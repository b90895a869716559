import { type TSchema, Type } from 'typebox';
import {
  ROLLOUT_STATUSES,
  Rollout,
  RolloutGate,
  RolloutHistoryEntry,
  RolloutHost,
  RolloutRequest,
} from '../../../shared/model/rollout.ts';
import { OneOf, Uuid } from '../../../shared/schema.ts';
import type { Answered, Idempotency } from '../../dispatch/idempotency.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { RolloutDecision } from '../../rollout/run/decisions.ts';
import type { Rollouts } from '../../rollout/run/rollouts.ts';
import { type Api, IdempotencyKey, IdParams, named, pageLimit, pageOf, refusals } from '../http/route.ts';

export type RolloutRoutesDeps = {
  rollouts: Rollouts;
  idempotency: Idempotency;
  ledger: Pick<Ledger, 'commit'>;
};

const RolloutRef = named('Rollout', Rollout);

/** The schema in the document. */
export const RolloutSchema = Type.Object({
  ...Rollout.properties,
  hosts: Type.Array(RolloutHost),
  history: Type.Array(RolloutHistoryEntry),
});

const PAGE = 20;
const MAX_PAGE = 100;

export function rolloutRoutes(api: Api, { rollouts, idempotency, ledger }: RolloutRoutesDeps): void {
  api.post(
    '/rollouts',
    {
      schema: {
        operationId: 'startRollout',
        summary: 'Changes many hosts in waves that stop by themselves; `dryRun` stores nothing and shows the waves',
        tags: ['rollouts'],
        headers: IdempotencyKey,
        body: RolloutRequest,
        response: {
          200: RolloutRef,
          201: RolloutRef,
          ...refusals(
            ...(['invalid_request', 'invalid_where', 'unknown_op', 'unknown_host', 'rollout_overlap'] as const),
            ...(['quarantined', 'idempotency_mismatch'] as const),
          ),
        },
      },
    },
    async ({ body, headers, actor, caller }, reply) => {
      type Keep = (answered: Answered<Rollout>) => Promise<Answered<Rollout>>;
      const make = (keep: Keep) =>
        rollouts.create(body, caller.principal, (made) => keep({ status: body.dryRun ? 200 : 201, body: made }));
      const durably: Keep = async (answered) => {
        if (!body.dryRun) await ledger.commit();
        return answered;
      };
      const key = body.dryRun ? undefined : headers['idempotency-key'];
      const answered = await (key === undefined ? make(durably) : idempotency.once({ actor, key, body }, make));
      return reply.code(answered.status as 200 | 201).send(answered.body);
    },
  );

  api.get(
    '/rollouts',
    {
      schema: {
        operationId: 'listRollouts',
        summary: 'Rollouts, newest first',
        tags: ['rollouts'],
        querystring: Type.Object(
          {
            status: Type.Optional(Type.Array(OneOf(ROLLOUT_STATUSES), { minItems: 1, description: 'One or several' })),
            before: Type.Optional(Uuid),
            limit: pageLimit(PAGE, MAX_PAGE),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(RolloutRef, Uuid), ...refusals('invalid_request') },
      },
    },
    async ({ query: { limit = PAGE, ...filter } }) => rollouts.list({ ...filter, limit }),
  );

  api.get(
    '/rollouts/:id',
    {
      schema: {
        operationId: 'getRollout',
        summary: 'A rollout with its hosts and history',
        tags: ['rollouts'],
        params: IdParams,
        response: { 200: named('RolloutWithHosts', RolloutSchema), ...refusals('unknown_rollout') },
      },
    },
    async ({ params: { id } }) => rollouts.view(id),
  );

  api.get(
    '/rollouts/:id/gate',
    {
      schema: {
        operationId: 'getRolloutGate',
        summary: 'What the gate of the present wave observes now, part by part; nothing once the rollout has ended',
        tags: ['rollouts'],
        params: IdParams,
        response: { 200: named('RolloutGate', RolloutGate), ...refusals('unknown_rollout') },
      },
    },
    async ({ params: { id } }) => rollouts.gate(id),
  );

  for (const { type, summary, body } of DECISIONS)
    api.post(
      `/rollouts/:id/${type}`,
      {
        schema: {
          operationId: `${type}Rollout`,
          summary,
          tags: ['rollouts'],
          params: IdParams,
          ...(body && { body: Type.Union([body, Type.Null()]) }),
          response: {
            200: RolloutRef,
            ...refusals('invalid_request', 'unknown_rollout', 'rollout_state', 'rollout_overlap', 'quarantined'),
          },
        },
      },
      async ({ params, body: options, caller }) => {
        const decision = { ...(options as object | null | undefined), type } as RolloutDecision;
        return rollouts.decide((params as { id: string }).id, decision, caller.principal);
      },
    );
}

const closed = { additionalProperties: false };

const DECISIONS: readonly { type: RolloutDecision['type']; summary: string; body: TSchema | null }[] = [
  { type: 'approve', summary: 'Approves its start, or the wave that waits for approval', body: null },
  {
    type: 'pause',
    summary: 'Begins no further host and withdraws commands that no host accepted yet; the others run to their end',
    body: null,
  },
  {
    type: 'resume',
    summary: 'Goes on; the reason of its pause (failures, the gate, a wave without proof) no longer stops it',
    body: Type.Object({ skipFailed: Type.Optional(Type.Boolean()) }, closed),
  },
  { type: 'retry', summary: 'Gives the failed and deferred hosts of the present wave another turn', body: null },
  {
    type: 'stop',
    summary: 'Ends it; `undo: "proven"` takes the hosts that it changed back to their earlier system, if that is known',
    body: Type.Object({ undo: Type.Optional(OneOf(['none', 'proven'])) }, closed),
  },
];
