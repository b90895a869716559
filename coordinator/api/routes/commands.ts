import { Type } from 'typebox';
import { SwitchyardError } from '../../../shared/api/errors.ts';
import { CommandView } from '../../../shared/api/resources.ts';
import { Command, isActive, STATUSES } from '../../../shared/model/command.ts';
import { TimeoutAnswer } from '../../../shared/model/timeout-answer.ts';
import { OneOf, Uuid } from '../../../shared/schema.ts';
import type { Answers } from '../../dispatch/answers.ts';
import type { Decisions } from '../../dispatch/decisions.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { CommandRecord } from '../../lifecycle/record.ts';
import type { Store } from '../../store/port.ts';
import { type HostFilterDeps, hostIdMeant } from '../http/host-filter.ts';
import { type Api, HostName, IdParams, named, pageLimit, pageOf, refusals } from '../http/route.ts';

export type CommandRoutesDeps = HostFilterDeps & {
  answers: Answers;
  decisions: Decisions;
  ledger: Pick<Ledger, 'committed'>;
  store: Pick<Store, 'commands' | 'history'>;
};

const CommandRef = named('Command', Command);

const PAGE = 100;

const DECIDING = [
  { word: 'keep', operationId: 'keepActivation', summary: 'Keeps what a guarded activation made active' },
  {
    word: 'undo',
    operationId: 'undoActivation',
    summary: 'Lets the host of a guarded activation go back to the system before',
  },
] as const;

const Query = Type.Object(
  {
    host: Type.Optional(HostName),
    status: Type.Optional(Type.Array(OneOf(STATUSES), { minItems: 1, description: 'One or several' })),
    op: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    active: Type.Optional(Type.Boolean()),
    dispatch: Type.Optional(Uuid),
    before: Type.Optional(Uuid),
    limit: pageLimit(PAGE),
  },
  { additionalProperties: false },
);

/** The record of `id`, or `unknown_command`. */
export async function recordOf(ledger: Pick<Ledger, 'committed'>, id: string): Promise<CommandRecord> {
  const record = await ledger.committed(id);
  if (!record) throw new SwitchyardError('unknown_command', `No command has the id ${id}`);
  return record;
}

/** For active commands memory is newer: progress is not written. */
export async function newestOf(ledger: Pick<Ledger, 'committed'>, record: CommandRecord): Promise<Command> {
  if (!isActive(record.command.status)) return record.command;
  return ((await ledger.committed(record.command.id)) ?? record).command;
}

export function commandRoutes(api: Api, deps: CommandRoutesDeps): void {
  const { answers, decisions, ledger, store } = deps;

  api.get(
    '/commands',
    {
      schema: {
        operationId: 'listCommands',
        summary: 'Commands, newest first',
        tags: ['commands'],
        querystring: Query,
        response: { 200: pageOf(CommandRef, Uuid), ...refusals('invalid_request', 'unknown_host') },
      },
    },
    async ({ query: { host, status, op, active, dispatch, before, limit = PAGE } }) => {
      const page = await store.commands.list({
        ...(host !== undefined && { hostId: await hostIdMeant(deps, host) }),
        ...(status !== undefined && { status }),
        ...(op !== undefined && { op }),
        ...(active !== undefined && { active }),
        ...(dispatch !== undefined && { dispatchId: dispatch }),
        ...(before !== undefined && { before }),
        limit,
      });
      const items = await Promise.all(page.items.map((record) => newestOf(ledger, record)));
      return { items, next: page.next };
    },
  );

  api.get(
    '/commands/:id',
    {
      schema: {
        operationId: 'getCommand',
        summary: 'A command, with every change of its status',
        tags: ['commands'],
        params: IdParams,
        response: { 200: named('CommandWithHistory', CommandView), ...refusals('unknown_command') },
      },
    },
    async ({ params: { id } }): Promise<CommandView> => {
      const { command } = await recordOf(ledger, id);
      const history = await store.history.of(id);
      // The command may have changed during the read, so the history is cut where it reaches the shown status.
      const end = history.findLastIndex(({ to }) => to === command.status) + 1;
      return { ...command, history: end > 0 ? history.slice(0, end) : history };
    },
  );

  api.post(
    '/commands/:id/timeout-action',
    {
      schema: {
        operationId: 'answerTimeout',
        summary: 'Answers a command that takes too long: wait, kill or ignore',
        tags: ['commands'],
        params: IdParams,
        body: TimeoutAnswer,
        response: {
          200: CommandRef,
          ...refusals('invalid_request', 'unknown_command', 'not_timed_out', 'command_pending'),
        },
      },
    },
    async ({ params: { id }, body, caller }) => answers.answer(id, body, caller.principal),
  );

  for (const { word, operationId, summary } of DECIDING)
    api.post(
      `/commands/:id/${word}`,
      {
        schema: {
          operationId,
          summary,
          tags: ['commands'],
          params: IdParams,
          response: {
            200: CommandRef,
            ...refusals('unknown_command', 'not_guarded', 'activation_running', 'already_decided'),
          },
        },
      },
      async ({ params: { id }, caller }) => decisions.decide(id, word, caller.principal),
    );
}
