import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import { DispatchView, Problem } from '../../../shared/api/resources.ts';
import { Command } from '../../../shared/model/command.ts';
import { DispatchAnswer, DispatchRequest, DispatchSummary } from '../../../shared/model/dispatch.ts';
import { Uuid } from '../../../shared/schema.ts';
import type { Dispatcher } from '../../dispatch/dispatcher.ts';
import type { Answered, Idempotency } from '../../dispatch/idempotency.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Rollouts } from '../../rollout/run/rollouts.ts';
import type { Store } from '../../store/port.ts';
import { type Api, IdempotencyKey, IdParams, named, pageLimit, pageOf, refusals } from '../http/route.ts';
import { newestOf } from './commands.ts';

export type DispatchRoutesDeps = {
  dispatcher: Pick<Dispatcher, 'request'>;
  idempotency: Idempotency;
  ledger: Pick<Ledger, 'committed' | 'commit'>;
  store: Pick<Store, 'commands' | 'dispatches'>;
  rollouts: Pick<Rollouts, 'commandIds'>;
};

/** As the document has it, which names a command once. */
export const DispatchSchema = Type.Object({
  ...DispatchView.properties,
  commands: Type.Array(named('Command', Command)),
});

const PAGE = 20;
const MAX_PAGE = 100;

const ProblemRef = named('Problem', Problem);
const AnswerRef = named('DispatchAnswer', DispatchAnswer);

const BusyOrMismatch = Type.Unsafe<DispatchAnswer>({
  description: 'Every host is busy; or `idempotency_mismatch`: the key was used with another request',
  content: { 'application/json': { schema: AnswerRef }, 'application/problem+json': { schema: ProblemRef } },
});

export function dispatchRoutes(
  api: Api,
  { dispatcher, idempotency, ledger, store, rollouts }: DispatchRoutesDeps,
): void {
  api.post(
    '/dispatch',
    {
      schema: {
        operationId: 'dispatch',
        summary:
          'Runs an op on hosts: a command for each; 409 and 422 answer alike where nothing was accepted or queued',
        tags: ['dispatches'],
        headers: IdempotencyKey,
        body: DispatchRequest,
        response: {
          202: AnswerRef,
          ...refusals('invalid_request', 'invalid_where', 'unknown_op', 'unknown_host'),
          409: BusyOrMismatch,
          422: {
            ...AnswerRef,
            description: 'Nothing was accepted or queued, and not all of it because hosts are busy',
          },
        },
      },
    },
    async ({ body, headers, actor, caller }, reply) => {
      type Keep = (answered: Answered<DispatchAnswer>) => Promise<Answered<DispatchAnswer>>;
      const dispatch = (keep: Keep) =>
        dispatcher.request(body, caller.principal, ({ status, answer }) => keep({ status, body: answer }));
      const durably: Keep = (answered) => ledger.commit().then(() => answered);
      const key = headers['idempotency-key'];
      const answered = await (key === undefined ? dispatch(durably) : idempotency.once({ actor, key, body }, dispatch));
      return reply.code(answered.status as 202 | 409 | 422).send(answered.body);
    },
  );

  api.get(
    '/dispatches',
    {
      schema: {
        operationId: 'listDispatches',
        summary: 'Dispatches, newest first, those of rollouts too, or of one rollout; each with its commands by status',
        tags: ['dispatches'],
        querystring: Type.Object(
          { before: Type.Optional(Uuid), rollout: Type.Optional(Uuid), limit: pageLimit(PAGE, MAX_PAGE) },
          { additionalProperties: false },
        ),
        response: {
          200: pageOf(named('DispatchSummary', DispatchSummary), Uuid),
          ...refusals('invalid_request', 'unknown_rollout'),
        },
      },
    },
    async ({ query: { limit = PAGE, rollout, ...filter } }) => {
      const commands = rollout === undefined ? null : await rollouts.commandIds(rollout);
      return await store.dispatches.list({ ...filter, limit, ...(commands && { commands }) });
    },
  );

  api.get(
    '/dispatches/:id',
    {
      schema: {
        operationId: 'getDispatch',
        summary:
          'A dispatch as it was answered, and its commands as they are now; where they are long, `next` goes on, without the results',
        tags: ['dispatches'],
        params: IdParams,
        querystring: Type.Object({ after: Type.Optional(Uuid) }, { additionalProperties: false }),
        response: { 200: named('Dispatch', DispatchSchema), ...refusals('invalid_request', 'unknown_dispatch') },
      },
    },
    async ({ params: { id }, query: { after } }): Promise<DispatchView> => {
      const dispatch = await store.dispatches.get(id);
      if (!dispatch) throw new SwitchyardError('unknown_dispatch', `No dispatch has the id ${id}`);
      const { items, next } = await store.commands.byDispatch(id, after ?? null);
      const commands = await Promise.all(items.map((record) => newestOf(ledger, record)));
      return { ...dispatch, ...(after !== undefined && { results: [] }), commands, next };
    },
  );
}
