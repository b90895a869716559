import { HostToken } from '../../shared/api/resources.ts';
import { lazyValidator } from '../../shared/lazy-validator.ts';
import type { EnrolBody } from '../../shared/model/enrolment.ts';
import { statusWords } from '../../shared/network/fault-words.ts';
import { request } from '../../shared/network/request.ts';
import { roadTo } from '../../shared/network/road.ts';
import { backoffMs } from '../../shared/time/backoff.ts';
import { type Clock, sleep } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';

/**
 * Trades an enrolment token for a token of this host's own (docs/protocol.md section 10). Asks until it gets one.
 * R1 The token is stored before it is used. If that fails, or the agent ends first, the agent asks again: its state proves its identity.
 */
export type EnrolDeps = {
  /** One URL a coordinator, asked in turn. */
  urls: readonly URL[];
  body: EnrolBody;
  /** The enrolment token; throws one line if it can't be read now. */
  readToken(): Promise<string>;
  /** Makes the host's token durable. */
  keep(token: string): Promise<void>;
  clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  log: Log;
  signal: AbortSignal;
};

/** Short at first: a coordinator may be back, or a person may approve, at once. */
const CEILING = { firstMs: 500, longestMs: 60_000 };
const ANSWER_MS = 15_000;

const hostToken = lazyValidator(HostToken);

/** Returns the host's token once it is stored; null if aborted. */
export async function enrol({ clock, random, log, signal, keep, urls, ...deps }: EnrolDeps): Promise<string | null> {
  const told = new Map<URL, string>();
  for (let tries = 0; !signal.aborted; tries += 1) {
    const url = urls[tries % urls.length] as URL;
    const said = await ask({ ...deps, url, clock, signal });
    if (said.kind === 'token') {
      try {
        await keep(said.token);
        log.info({ name: said.name }, 'enrolled: this host has a token of its own');
        return said.token;
      } catch (err) {
        log.error({ err }, "this host's token could not be kept; enrolling again");
      }
    } else if (!signal.aborted) {
      // A coordinator's unchanged reason is logged once, so that a night of waiting is one line.
      const level = said.reason === told.get(url) ? 'debug' : said.isWaiting ? 'info' : 'warn';
      log[level](
        { reason: said.reason, stateId: deps.body.stateId },
        said.isWaiting ? 'waiting to enrol' : 'not enrolled',
      );
      told.set(url, said.reason);
    }
    await sleep(clock, Math.floor(random() * backoffMs(Math.floor(tries / urls.length), CEILING)), signal).catch(
      () => {},
    );
  }
  return null;
}

type Said = { kind: 'token'; token: string; name: string } | { kind: 'none'; reason: string; isWaiting: boolean };

async function ask({
  url,
  body,
  readToken,
  clock,
  signal,
}: Pick<EnrolDeps, 'body' | 'readToken' | 'clock' | 'signal'> & { url: URL }): Promise<Said> {
  const none = (reason: string, isWaiting = false): Said => ({ kind: 'none', reason, isWaiting });
  const tooLate = new AbortController();
  const timer = clock.setTimeout(() => tooLate.abort(new Error(`no answer in ${ANSWER_MS / 1000} s`)), ANSWER_MS);
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${await readToken()}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, tooLate.signal]),
    });
    const { status, headers } = response;
    const answer: unknown = await response.json().catch(() => null);
    if (status === 200 && hostToken().Check(answer)) return { kind: 'token', token: answer.token, name: answer.name };
    if (status === 202) return none(wordOf(answer, 'message') ?? 'a person has to approve it', true);
    // The coordinator's refusals say what to do.
    const detail = wordOf(answer, 'detail');
    if (status === 401) return none('the coordinator refuses the enrolment token');
    return none(
      detail ?? statusWords(status, { url, road: roadTo(url), wants: 'answer', location: headers.get('location') }),
    );
  } catch (error) {
    return none(error instanceof Error ? error.message : String(error));
  } finally {
    clock.clearTimeout(timer);
  }
}

function wordOf(answer: unknown, name: string): string | null {
  const word = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>)[name] : undefined;
  return typeof word === 'string' ? word.slice(0, 500) : null;
}
