import { newId } from '../../../shared/ids.ts';
import type { DispatchAnswer, DispatchRequest } from '../../../shared/model/dispatch.ts';
import type { Context } from '../client/context.ts';
import { EXIT, type ExitStatus, worstOf } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { summaryOf, type Watched } from './row.ts';
import { openWatch } from './watch.ts';

/** Dispatches, and watches the commands unless `--detach` is given. */
export async function start(context: Context, requests: readonly DispatchRequest[]): Promise<ExitStatus> {
  if (context.flags.detach) return leave(context, await dispatchAll(context, requests));
  const watch = await openWatch(context);
  try {
    if (context.interrupted.aborted) throw new Failure('nothing was dispatched', { exit: EXIT.detached });
    const answers = await dispatchAll(context, requests);
    return await watch.follow(answers.flatMap(watchedOf));
  } finally {
    watch.close();
  }
}

async function dispatchAll(context: Context, requests: readonly DispatchRequest[]): Promise<DispatchAnswer[]> {
  const answers: DispatchAnswer[] = [];
  for (const request of requests) {
    const { body } = await context.client.json<DispatchAnswer>('/api/dispatch', {
      method: 'POST',
      body: request,
      headers: { 'idempotency-key': newId() },
      // Nothing was accepted: the answer says why, host by host.
      accepts: [409, 422],
    });
    answers.push(body);
  }
  return answers;
}

const watchedOf = ({ dispatchId, results }: DispatchAnswer): Watched[] =>
  results.map(({ commandId, host, alternative }) => ({ id: commandId, dispatchId, host, alternative }));

function leave({ terminal, flags }: Context, answers: readonly DispatchAnswer[]): ExitStatus {
  const results = answers.flatMap((answer) => answer.results);
  if (flags.json) for (const answer of answers) terminal.out.json(answer);
  else
    for (const { host, commandId, status, code, message } of results)
      terminal.out.line([commandId, host, status, code && `${code}: ${message ?? ''}`].filter(Boolean).join('  '));
  const commands = results.map(({ status, code }) => ({
    status,
    code,
    timeoutStatus: 'NORMAL' as const,
    acceptedAt: null,
  }));
  terminal.err.line(`${summaryOf(commands)}; watch: switchyard show ${answers[0]?.dispatchId} --watch`);
  // The request is done: it is on its way. Only commands that will never run count.
  return worstOf(commands.filter(({ status }) => status === 'BLOCKED'));
}
