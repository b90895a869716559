import type { ListPage, Problem } from '../../../shared/api/resources.ts';
import { statusWords } from '../../../shared/network/fault-words.ts';
import { request } from '../../../shared/network/request.ts';
import { roadTo } from '../../../shared/network/road.ts';
import { type Clock, sleep } from '../../../shared/time/clock.ts';
import { afterLived } from '../../../shared/time/lived-time.ts';
import { age } from '../../../shared/time/spans.ts';
import { EXIT, type ExitStatus } from '../grammar/exit-status.ts';
import { Failure, notAllowed } from '../grammar/failure.ts';
import { type Config, goOn, serverName, triesOf, urlAt } from './config.ts';

export type Answer<Body> = { status: number; body: Body };

export type RequestOptions = {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Accepted statuses beside 2xx. */
  accepts?: readonly number[];
  signal?: AbortSignal;
  /** How long the answer may take. */
  patienceMs?: number;
};

/** The coordinator's HTTP API. A refusal or an unreachable coordinator is a `Failure`. */
export type Client = {
  json<Body>(path: string, options?: RequestOptions): Promise<Answer<Body>>;
  /** Every item of a list, over all its pages. */
  list<Item>(path: string, cursor: string): Promise<Item[]>;
  stream(path: string, signal?: AbortSignal): Promise<Response>;
  /** The coordinator's clock, from its last answer. */
  now(): number;
};

const PATIENCE_MS = 30_000;
/** Pause between two rounds over several coordinators; another leads within 15 s. */
const PAUSE_MS = 5_000;

/** How long one of several coordinators may take to accept a connection; a machine that vanished never does. */
const CONNECT_MS = 5_000;
/** How long a question waits for one of several coordinators before each was asked once. */
const FIRST_MS = 10_000;

/** Another coordinator may be asked: this one did nothing, or the request may be repeated. */
class NotAsked extends Failure {}
/** The way to this coordinator is wrong, such as a redirect. Asking it again is vain. */
class NotThere extends NotAsked {}
/** This coordinator may have carried out the change. Another answers the same key without a second effect. */
class Uncertain extends NotAsked {}

/** Whether a request may be repeated although it may have been carried out. */
const isRepeatable = ({ method = 'GET', headers = {} }: RequestOptions): boolean =>
  method === 'GET' || 'idempotency-key' in headers;

/** The failure of a request that this coordinator may have carried out. */
function afterLeaving(options: RequestOptions, { message, exit, cause }: Failure): Failure {
  if (options.method === undefined || options.method === 'GET') return new NotAsked(message, { exit, cause });
  const Kind = isRepeatable(options) ? Uncertain : Failure;
  const words = message.includes('look whether')
    ? message
    : `${message.replace(/\.$/, '')}; it may have been carried out: look before you try again`;
  return new Kind(words, { exit, cause });
}

/** `interrupted` ends questions, never changes: a person must hear what became of those. */
export function createClient(config: Config, clock: Clock, interrupted: AbortSignal): Client {
  const { token } = config;
  let aheadMs = 0;

  const interruption = (cause: unknown) => new Failure('interrupted', { exit: EXIT.detached, cause });

  /** Asks the next coordinator if this one certainly did not act, or if asking twice does no harm. `take` reads the answer. */
  async function send<Taken>(
    path: string,
    options: RequestOptions,
    take: (response: Response, server: URL) => Promise<Taken>,
  ): Promise<Taken> {
    let uncertain: Uncertain | null = null;
    let isHoped = false;
    for (let tries = 1; ; tries += 1) {
      const { server } = config;
      try {
        return await take(await sendOnce(path, options, server, tries), server);
      } catch (failure) {
        if (!(failure instanceof NotAsked)) throw uncertain ? bothOf(uncertain, failure) : failure;
        if (failure instanceof Uncertain) uncertain ??= failure;
        isHoped ||= !(failure instanceof NotThere);
        const isRoundOver = tries % (config.others.length + 1) === 0;
        if (tries >= triesOf(config) || (isRoundOver && !isHoped)) throw uncertain ?? failure;
        goOn(config, server);
        if (!isRoundOver) continue;
        config.onNobody?.(failure.message);
        await sleep(clock, PAUSE_MS, interrupted).catch(() => {
          throw uncertain ?? interruption(failure);
        });
      }
    }
  }

  async function sendOnce(path: string, options: RequestOptions, server: URL, tries: number): Promise<Response> {
    const { method = 'GET', body, headers, accepts = [], signal } = options;
    const isFirstRound = config.others.length > 0 && tries <= config.others.length + 1;
    const patienceMs = options.patienceMs ?? (isFirstRound && method === 'GET' ? FIRST_MS : PATIENCE_MS);
    const patience = new AbortController();
    const after = (ms: number, words: string) =>
      afterLived(clock, ms, () => patience.abort(new Error(`${words} in ${age(ms)}`)));
    const callOff = after(patienceMs, 'no answer');
    const hasConnected = config.others.length > 0 ? after(CONNECT_MS, 'no connection') : () => {};
    let hasLeft = false;
    const ends = [patience.signal, ...(signal ? [signal] : []), ...(method === 'GET' ? [interrupted] : [])];
    let response: Response;
    try {
      response = await request(urlAt({ server }, path), {
        method,
        headers: {
          ...(token !== '' && { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any(ends),
        onConnected() {
          hasLeft = true;
          hasConnected();
        },
      });
    } catch (cause) {
      throw brokenIn(options, server, cause, hasLeft);
    } finally {
      callOff();
      hasConnected();
    }
    const date = Date.parse(response.headers.get('date') ?? '');
    // The header has whole seconds: the two clocks can't be compared more closely.
    if (!Number.isNaN(date) && Math.abs(date - clock.now()) > 2_000) aheadMs = date - clock.now();
    if (response.ok || accepts.includes(response.status)) return response;
    throw await refusal(response, urlAt({ server }, path), config.serverFrom, options);
  }

  /** The failure of a request that broke off. */
  function brokenIn(options: RequestOptions, server: URL, cause: unknown, hasLeft = true): Failure {
    const isQuestion = (options.method ?? 'GET') === 'GET';
    if (interrupted.aborted && (isQuestion || !hasLeft)) return interruption(cause);
    const words = `cannot reach ${serverName({ server })} (${config.serverFrom}): ${reasonOf(cause)}`;
    const failure = new NotAsked(words, { exit: EXIT.unreachable, cause });
    return hasLeft ? afterLeaving(options, failure) : failure;
  }

  const json = <Body>(path: string, options: RequestOptions = {}): Promise<Answer<Body>> =>
    send(path, options, async (response, server) => {
      const text = await response.text().catch((cause) => {
        throw brokenIn(options, server, cause);
      });
      try {
        return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Body };
      } catch (cause) {
        const words = `${serverName({ server })} does not answer like a coordinator`;
        throw afterLeaving(options, new Failure(words, { exit: EXIT.unreachable, cause }));
      }
    });

  return {
    json,
    async list<Item>(path: string, cursor: string) {
      const items: Item[] = [];
      for (let next: unknown = null; ; ) {
        const from =
          next === null ? '' : `${path.includes('?') ? '&' : '?'}${cursor}=${encodeURIComponent(String(next))}`;
        const { body } = await json<ListPage<Item, unknown>>(`${path}${from}`);
        items.push(...body.items);
        next = body.next;
        if (next === null) return items;
      }
    },
    stream: (path, signal) => send(path, signal ? { signal } : {}, async (response) => response),
    now: () => clock.now() + aheadMs,
  };
}

/** The failure of a change that one coordinator may have carried out and a later one refused. */
const bothOf = ({ message, exit }: Uncertain, later: unknown): Failure =>
  new Failure(`${message} (then: ${reasonOf(later)})`, { exit, cause: later });

async function refusal(response: Response, url: URL, serverFrom: string, options: RequestOptions): Promise<Failure> {
  const { status } = response;
  if (status === 401) return notAllowed();
  const problem = (await response.json().catch(() => null)) as Partial<Problem> | null;
  if (problem?.code === 'standby')
    return new NotAsked(`${problem.code}: ${problem.detail ?? ''}`, { exit: EXIT.unreachable });
  if (problem?.code) {
    const { code, detail } = problem;
    const failure = new Failure(`${code}: ${detail ?? problem.title ?? status}`, { exit: exitOf(status) });
    if (status !== 503 || !isRepeatable(options)) return failure;
    const isUntouched = code !== 'storage_unavailable' || /nothing was changed/i.test(detail ?? '');
    return isUntouched ? new NotAsked(failure.message, failure) : afterLeaving(options, failure);
  }
  // Not the coordinator's own words: something on the way answers.
  const location = response.headers.get('location');
  const words = statusWords(status, { url, road: roadTo(url), wants: 'answer', location });
  const failure = new Failure(`cannot reach ${url.href} (${serverFrom}): ${words}`, { exit: EXIT.unreachable });
  if (status >= 500) return afterLeaving(options, failure);
  return isRepeatable(options) ? new NotThere(failure.message, failure) : failure;
}

function exitOf(status: number): ExitStatus {
  if (status === 401 || status === 403) return EXIT.notAllowed;
  if (status === 400 || status === 404 || status === 405 || status === 413) return EXIT.usage;
  return status >= 500 || status === 429 ? EXIT.unreachable : EXIT.badEnd;
}

/** The failure in words. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
