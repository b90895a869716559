import { WebSocket } from 'ws';
import { errorWords, statusWords } from '../../shared/network/fault-words.ts';
import { request } from '../../shared/network/request.ts';
import { roadTo } from '../../shared/network/road.ts';
import { optionVariable } from '../../shared/settings/options.ts';
import { plainLine } from '../../shared/text/plain-line.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Config, Coordinator } from '../config/config.ts';
import { hostTokenFile, readEnrolToken } from '../state/host-token.ts';
import type { CheckLine } from './line.ts';

const ANSWER_MS = 15_000;
const LONGEST_URL = 200;

/** Whether the coordinator knows this host's token, and its WebSocket opens. Disturbs no agent's connection: it sends nothing. */
export async function checkCoordinator(config: Config, clock: Clock): Promise<CheckLine> {
  const tooLate = new AbortController();
  const timer = clock.setTimeout(() => tooLate.abort(new Error(`no answer in ${ANSWER_MS / 1000} s`)), ANSWER_MS);
  try {
    const token = config.token ?? (await hostTokenFile(config.stateDir).read());
    const found = config.coordinators.map((one) =>
      token === null
        ? askUnenrolled(one, config.enrolTokenFile, tooLate.signal)
        : ask(one, { token, isAlone: config.coordinators.length === 1 }, tooLate.signal),
    );
    return { what: 'coordinator', ...together(await Promise.all(found)) };
  } finally {
    clock.clearTimeout(timer);
  }
}

type Found = Omit<CheckLine, 'what'>;

/** One coordinator leads; the others stand by and refuse. One good answer is enough. */
function together(found: readonly Found[]): Found {
  return { ok: found.some(({ ok }) => ok), says: found.map(({ says }) => says).join('; ') };
}

/** Checks the enrolment token and that a coordinator answers. Does not enrol. */
async function askUnenrolled(
  { selfUrl }: Coordinator,
  enrolTokenFile: string | null,
  signal: AbortSignal,
): Promise<Found> {
  const url = new URL(selfUrl);
  try {
    await readEnrolToken(enrolTokenFile ?? '');
  } catch (error) {
    return { ok: false, says: `${optionVariable('enrolTokenFile')}: ${messageOf(error)}` };
  }
  try {
    const { status, headers } = await request(url, { signal });
    if (status === 401)
      return { ok: true, says: `${selfUrl} answers; this host has no token yet, and enrols at its agent's start` };
    const words = statusWords(status, { url, road: roadTo(url), wants: 'answer', ...senderOf(headers) });
    return { ok: false, says: `${selfUrl}: ${words}; see ${optionVariable('url')}` };
  } catch (error) {
    return { ok: false, says: `${selfUrl} cannot be reached: ${messageOf(error)}; see ${optionVariable('url')}` };
  }
}

async function ask(
  { selfUrl, socketUrl }: Coordinator,
  { token, isAlone }: { token: string; isAlone: boolean },
  signal: AbortSignal,
): Promise<Found> {
  const headers = { authorization: `Bearer ${token}` };
  const url = new URL(selfUrl);
  const seeUrl = `see ${optionVariable('url')}`;
  try {
    const response = await request(url, { headers, signal });
    const body: unknown = await response.json().catch(() => null);
    const { status } = response;
    if (!response.ok || !isSelf(body)) {
      const sender = senderOf(response.headers);
      const says = isStandby(body)
        ? standbyWords(selfUrl, body, isAlone)
        : status === 401
          ? `${selfUrl} answers with status 401; the token is refused: put this host's own where ${optionVariable('tokenFile')} points`
          : response.ok
            ? `${selfUrl} answers, but not like a coordinator: ${seeUrl}`
            : `${selfUrl}: ${statusWords(status, { url, road: roadTo(url), wants: 'answer', ...sender })}; ${seeUrl}`;
      return { ok: false, says };
    }
    const fault = await socketFault(new URL(socketUrl), headers, signal);
    return fault === null
      ? { ok: true, says: `${selfUrl} knows this host as ${body.name}` }
      : { ok: false, says: `${selfUrl} knows this host as ${body.name}, but ${socketUrl} does not open: ${fault}` };
  } catch (error) {
    return { ok: false, says: `${selfUrl} cannot be reached: ${messageOf(error)}; ${seeUrl}` };
  }
}

/** Why the WebSocket does not open, in words; null if it opens. */
function socketFault(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<string | null> {
  const road = roadTo(url);
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { headers, ...(road.agent && { agent: road.agent }) });
    const done = (fault: string | null) => {
      resolve(fault);
      socket.terminate();
    };
    socket.on('open', () => done(null));
    socket.on(
      'unexpected-response',
      (_request, { statusCode = 0, headers: { location, 'content-type': contentType } }) =>
        done(statusWords(statusCode, { url, road, wants: 'upgrade', location, contentType })),
    );
    socket.on('error', (error) => done(errorWords(error, { url, road })));
    signal.addEventListener('abort', () => done(messageOf(signal.reason)));
  });
}

/** The headers of an unwanted answer that show its sender. */
const senderOf = (headers: Headers) => ({
  location: headers.get('location'),
  contentType: headers.get('content-type'),
});

type Refusal = { code: 'standby'; leader?: unknown };

const isStandby = (body: unknown): body is Refusal =>
  typeof body === 'object' && body !== null && 'code' in body && body.code === 'standby';

/** A standby is no fault where the list names the leader too. */
function standbyWords(selfUrl: string, { leader }: Refusal, isAlone: boolean): string {
  const stands = `${selfUrl} stands by`;
  if (!isAlone) return stands;
  return typeof leader === 'string' && leader !== ''
    ? `${stands}, and ${plainLine(leader, LONGEST_URL)} leads: name that one too in ${optionVariable('url')}`
    : `${stands}, and none leads yet: ask again in 15 s`;
}

const isSelf = (body: unknown): body is { name: string } =>
  typeof body === 'object' && body !== null && 'name' in body && typeof body.name === 'string';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
