import type { ListPage, Problem } from '../../../shared/api/resources.ts';
import { systemCode } from '../../../shared/files/durable-file.ts';
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

/** This coordinator did nothing, so another may be asked. */
class NotAsked extends Failure {}

/** The request did not leave. */
const NEVER_SENT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']);

/** `interrupted` ends questions, never changes: a person must hear what became of those. */
export function createClient(config: Config, clock: Clock, interrupted: AbortSignal): Client {
  const { token } = config;
  let aheadMs = 0;

  const broken = (cause: unknown): Failure =>
    interrupted.aborted
      ? new Failure('interrupted', { exit: EXIT.detached, cause })
      : new Failure(`cannot reach ${serverName(config)} (${config.serverFrom}): ${reasonOf(cause)}`, {
          exit: EXIT.unreachable,
          cause,
        });

  /** Asks the next coordinator if this one certainly did not act. */
  async function send(path: string, options: RequestOptions = {}): Promise<Response> {
    for (let tries = 1; ; tries += 1)
      try {
        return await sendOnce(path, options);
      } catch (failure) {
        if (!(failure instanceof NotAsked) || tries >= triesOf(config)) throw failure;
        goOn(config);
        const isRoundOver = tries % (config.others.length + 1) === 0;
        if (!isRoundOver) continue;
        config.onNobody?.(failure.message);
        await sleep(clock, PAUSE_MS, interrupted).catch(() => Promise.reject(broken(failure)));
      }
  }

  async function sendOnce(path: string, options: RequestOptions): Promise<Response> {
    const { method = 'GET', body, headers, accepts = [], signal, patienceMs = PATIENCE_MS } = options;
    const patience = new AbortController();
    const callOff = afterLived(clock, patienceMs, () => patience.abort(new Error(`no answer in ${age(patienceMs)}`)));
    const ends = [patience.signal, ...(signal ? [signal] : []), ...(method === 'GET' ? [interrupted] : [])];
    let response: Response;
    try {
      response = await request(urlAt(config, path), {
        method,
        headers: {
          ...(token !== '' && { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any(ends),
      });
    } catch (cause) {
      const failure = broken(cause);
      const isSafe = method === 'GET' || NEVER_SENT.has(systemCode((cause as Error).cause) ?? '');
      throw isSafe && !interrupted.aborted ? new NotAsked(failure.message, failure) : failure;
    } finally {
      callOff();
    }
    const date = Date.parse(response.headers.get('date') ?? '');
    // The header has whole seconds: the two clocks can't be compared more closely.
    if (!Number.isNaN(date) && Math.abs(date - clock.now()) > 2_000) aheadMs = date - clock.now();
    if (response.ok || accepts.includes(response.status)) return response;
    const failure = await refusal(response, urlAt(config, path), config.serverFrom);
    throw method === 'GET' && response.status === 503 ? new NotAsked(failure.message, failure) : failure;
  }

  const json = async <Body>(path: string, options?: RequestOptions): Promise<Answer<Body>> => {
    const response = await send(path, options);
    const text = await response.text().catch((cause) => {
      throw broken(cause);
    });
    try {
      return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Body };
    } catch (cause) {
      throw new Failure(`${serverName(config)} does not answer like a coordinator`, {
        exit: EXIT.unreachable,
        cause,
      });
    }
  };

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
    stream: (path, signal) => send(path, signal ? { signal } : {}),
    now: () => clock.now() + aheadMs,
  };
}

async function refusal(response: Response, url: URL, serverFrom: string): Promise<Failure> {
  const { status } = response;
  if (status === 401) return notAllowed();
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  if (problem.code === 'standby')
    return new NotAsked(`${problem.code}: ${problem.detail ?? ''}`, { exit: EXIT.unreachable });
  if (problem.code)
    return new Failure(`${problem.code}: ${problem.detail ?? problem.title ?? status}`, { exit: exitOf(status) });
  // Not the coordinator's own words: something on the way answers.
  const location = response.headers.get('location');
  const words = statusWords(status, { url, road: roadTo(url), wants: 'answer', location });
  return new Failure(`cannot reach ${url.href} (${serverFrom}): ${words}`, { exit: EXIT.unreachable });
}

function exitOf(status: number): ExitStatus {
  if (status === 401 || status === 403) return EXIT.notAllowed;
  if (status === 400 || status === 404 || status === 405 || status === 413) return EXIT.usage;
  return status >= 500 || status === 429 ? EXIT.unreachable : EXIT.badEnd;
}

/** The failure in words. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
