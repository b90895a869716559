import { request } from '../../shared/network/request.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { afterLived } from '../../shared/time/lived-time.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import { mayBePrivate, publicLookup } from './addresses.ts';
import type { Call } from './formats/call.ts';
import type { Outcome } from './progress.ts';

/** The limit from the request to the answer's head. The body is not read. */
export const ANSWER_MS = 15_000;

/** Statuses below 500 after which a receiver may still take the same message. */
const PASSING: readonly number[] = [408, 429];

/** Makes the request and follows no redirect. Rejects if no answer comes in time. */
export async function callOut(
  { clock, receiver, signal }: { clock: Clock; receiver: Pick<ReceiverConfig, 'private'>; signal: AbortSignal },
  { url, ...call }: Call,
): Promise<Outcome> {
  const deadline = new AbortController();
  const callOff = afterLived(clock, ANSWER_MS, () =>
    deadline.abort(new Error(`${url.host} did not answer within ${ANSWER_MS / 1000} s`)),
  );
  try {
    const answer = await request(url, {
      ...call,
      headers: { 'user-agent': 'switchyard', ...call.headers },
      signal: AbortSignal.any([signal, deadline.signal]),
      ...(!mayBePrivate(receiver, url) && { lookup: publicLookup }),
    });
    // The body stays unread: it may be endless, and may repeat the message.
    await answer.body?.cancel();
    return outcomeOf(answer.status, answer.headers.get('retry-after'));
  } finally {
    callOff();
  }
}

export function outcomeOf(status: number, retryAfter: string | null): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const isRefusal = status >= 400 && status < 500 && !PASSING.includes(status);
  const message = status < 400 ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}`;
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0;
  return { kind: 'failed', message, final: isRefusal, retryAfterMs: seconds * 1_000 || null };
}
