import type {
  CommandView,
  DispatchView,
  HostToken,
  ListPage,
  NewToken,
  OpView,
  OutputIndexView,
  OutputMatchesView,
} from '../../../shared/api/resources.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { DispatchAnswer, DispatchRequest, DispatchSummary } from '../../../shared/model/dispatch.ts';
import type { EnrolmentRequest, EnrolmentView, NewEnrolment, WaitingHost } from '../../../shared/model/enrolment.ts';
import type { Event } from '../../../shared/model/event.ts';
import type { ApiTokenRequest, ApiTokenView, NewApiToken, SessionView, WhoAmI } from '../../../shared/model/grant.ts';
import type { Host, Maintenance } from '../../../shared/model/host.ts';
import type { Receiver, TestAnswer } from '../../../shared/model/notify.ts';
import type { PolicyView } from '../../../shared/model/policy.ts';
import type { Quarantined, Rollout, RolloutGate, RolloutRequest, RolloutView } from '../../../shared/model/rollout.ts';
import type { Target } from '../../../shared/model/target.ts';
import type { TimeoutAnswer } from '../../../shared/model/timeout-answer.ts';
import type { WindowView } from '../../../shared/model/window.ts';
import type { DecisionWord } from '../../../shared/ops/guard.ts';
import { href } from '../feed/root.ts';
import { askStepUp } from './step-up.ts';

/** The coordinator's HTTP API, as the page uses it: an answer or a refusal, never an exception. */
export type Answer<Body> =
  | { ok: true; body: Body }
  | {
      ok: false;
      status: number;
      code: string;
      detail: string;
      /** Position of the fault in the text; only with `invalid_where`. */
      position?: number;
      /** Where the leader is, if known; only with `standby`. */
      leader?: string | null;
    };

type Ask = { method?: string; body?: unknown; headers?: Record<string, string>; patienceMs?: number };

const UNREACHABLE = { ok: false, status: 0, code: 'unreachable', detail: 'The coordinator does not answer' } as const;

const SESSION = '/api/session';
const STEP_UP = '/api/session/step-up';
const WHOAMI = '/api/whoami';
/** Here 401 is about the token in the body, not about the session. */
const TAKE_A_TOKEN = [SESSION, STEP_UP];

let onSignedOut: () => void = () => {};
/** Sets the function to call when an answer says that the session is over. */
export const whenSignedOut = (call: () => void): void => {
  onSignedOut = call;
};

/** Time limit for an answer and its body, so that a silent coordinator holds nothing up. */
const PATIENCE_MS = 30_000;
/** The coordinator fetches the remote first, which may be slow. */
const REFRESH_MS = 150_000;
/** A mail server may take a minute. */
const TEST_MS = 75_000;

/** The response as `read` returns it; null if the coordinator is out of reach or goes silent. */
async function ask<Result>(
  url: string,
  { method = 'GET', body, headers, patienceMs = PATIENCE_MS }: Ask,
  read: (response: Response) => Promise<Result>,
): Promise<Result | null> {
  try {
    const response = await fetch(href(url), {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    if (response.status === 401 && !TAKE_A_TOKEN.includes(url)) onSignedOut();
    return await read(response);
  } catch {
    return null;
  }
}

/** Repeats a request after the step-up that it needs; without one, returns the refusal. */
async function json<Body>(
  url: string,
  request: Ask = {},
  isAnswer?: (response: Response) => boolean,
): Promise<Answer<Body>> {
  const once = async (): Promise<Answer<Body>> =>
    (await ask(url, request, (response) => answerOf<Body>(response, isAnswer))) ?? UNREACHABLE;
  const answer = await once();
  const takesStepUp = !answer.ok && answer.code === 'step_up_required' && url !== STEP_UP;
  return takesStepUp && (await askStepUp()) ? once() : answer;
}

/** Presents the admin token again. A 401 may also mean that the session is over; a second request finds out, and signs the page out. */
async function stepUp(token: string): Promise<Answer<void>> {
  const answer = await json<void>(STEP_UP, { method: 'POST', body: { token } });
  if (!answer.ok && answer.status === 401) await json(WHOAMI);
  return answer;
}

async function answerOf<Body>(response: Response, isAnswer = ({ ok }: Response) => ok): Promise<Answer<Body>> {
  const { status } = response;
  if (status === 204) return { ok: true, body: undefined as Body };
  const text = await response.text();
  try {
    const body = JSON.parse(text);
    return isAnswer(response)
      ? { ok: true, body }
      : { ok: false, status, code: body.code, detail: body.detail, position: body.position, leader: body.leader };
  } catch {
    return { ok: false, status, code: 'unreadable', detail: `The coordinator answered ${status} and no JSON` };
  }
}

const withQuery = (url: string, words: Record<string, string>): string => {
  const given = Object.entries(words).filter(([, word]) => word !== '');
  return given.length === 0 ? url : `${url}?${new URLSearchParams(given)}`;
};

export const api = {
  signIn: (token: string) => json<void>(SESSION, { method: 'POST', body: { token } }),
  stepUp,
  signOut: () => json<void>(SESSION, { method: 'DELETE' }),
  ops: () => json<OpView[]>('/api/ops'),
  whoami: () => json<WhoAmI>(WHOAMI),
  /** The identity provider, where there is one. */
  oidc: () => json<{ issuer: string | null }>('/api/oidc'),
  command: (id: string) => json<CommandView>(`/api/commands/${id}`),
  commands: (words: Record<string, string>) => json<ListPage<Command, string>>(withQuery('/api/commands', words)),
  events: (words: Record<string, string>) => json<ListPage<Event, number>>(withQuery('/api/events', words)),
  /** With all of its commands, however many pages they are. */
  async dispatchOf(id: string) {
    const whole = await json<DispatchView>(`/api/dispatches/${id}`);
    for (let next = whole.ok ? whole.body.next : null; whole.ok && next !== null; ) {
      const page = await json<DispatchView>(`/api/dispatches/${id}?after=${next}`);
      if (!page.ok) return page;
      whole.body.commands.push(...page.body.commands);
      next = page.body.next;
    }
    return whole;
  },
  dispatches: (words: Record<string, string>) =>
    json<ListPage<DispatchSummary, string>>(withQuery('/api/dispatches', words)),
  rollouts: (words: Record<string, string>) => json<ListPage<Rollout, string>>(withQuery('/api/rollouts', words)),
  rollout: (id: string) => json<RolloutView>(`/api/rollouts/${id}`),
  rolloutGate: (id: string) => json<RolloutGate>(`/api/rollouts/${id}/gate`),
  /** `key`: the idempotency key; a second click makes no second rollout. */
  startRollout: (body: RolloutRequest, key: string) =>
    json<Rollout>('/api/rollouts', { method: 'POST', body, headers: { 'idempotency-key': key } }),
  /** The rollout that would be made; nothing is stored. */
  planRollout: (body: RolloutRequest) =>
    json<Rollout>('/api/rollouts', { method: 'POST', body: { ...body, dryRun: true } }),
  decideRollout: (id: string, decision: string, body?: object) =>
    json<Rollout>(`/api/rollouts/${id}/${decision}`, { method: 'POST', ...(body && { body }) }),
  receivers: () => json<Receiver[]>('/api/notify'),
  testReceiver: (name: string) =>
    json<TestAnswer>(`/api/notify/${encodeURIComponent(name)}/test`, { method: 'POST', patienceMs: TEST_MS }),
  policies: () => json<PolicyView[]>('/api/policies'),
  decidePolicy: (name: string, word: string) =>
    json<PolicyView>(`/api/policies/${encodeURIComponent(name)}/${word}`, { method: 'POST' }),
  windows: () => json<WindowView[]>('/api/windows'),
  quarantine: () => json<Quarantined[]>('/api/quarantine'),
  release: (commit: string) => json<void>(`/api/quarantine/${commit}`, { method: 'DELETE' }),
  /** `null` ends it. */
  setMaintenance: (hostId: string, body: Maintenance | null) =>
    json<Host>(`/api/hosts/${hostId}/maintenance`, { method: 'POST', body }),
  refreshTarget: () => json<Target>('/api/target/refresh', { method: 'POST', patienceMs: REFRESH_MS }),
  decide: (id: string, word: DecisionWord) => json<Command>(`/api/commands/${id}/${word}`, { method: 'POST' }),
  answer: (id: string, answer: TimeoutAnswer) =>
    json<Command>(`/api/commands/${id}/timeout-action`, { method: 'POST', body: answer }),
  addHost: (name: string, tags: string[]) => json<HostToken>('/api/hosts', { method: 'POST', body: { name, tags } }),
  changeHost: (hostId: string, change: { name?: string; tags?: string[] }) =>
    json<Host>(`/api/hosts/${hostId}`, { method: 'PATCH', body: change }),
  rotateToken: (hostId: string) => json<NewToken>(`/api/hosts/${hostId}/token`, { method: 'POST' }),
  removeHost: (hostId: string) => json<void>(`/api/hosts/${hostId}`, { method: 'DELETE' }),

  tokens: () => json<ApiTokenView[]>('/api/tokens'),
  createToken: (body: ApiTokenRequest) => json<NewApiToken>('/api/tokens', { method: 'POST', body }),
  removeToken: (id: string) => json<void>(`/api/tokens/${id}`, { method: 'DELETE' }),
  sessions: () => json<SessionView[]>('/api/sessions'),
  endSession: (id: string) => json<void>(`/api/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  enrolments: () => json<EnrolmentView[]>('/api/enrolments'),
  createEnrolment: (body: EnrolmentRequest) => json<NewEnrolment>('/api/enrolments', { method: 'POST', body }),
  removeEnrolment: (id: string) => json<void>(`/api/enrolments/${id}`, { method: 'DELETE' }),
  waitingHosts: () => json<WaitingHost[]>('/api/enrolments/waiting'),
  decideWaiting: (id: string, word: 'approve' | 'refuse') =>
    json<void>(`/api/enrolments/waiting/${id}/${word}`, { method: 'POST' }),

  /** A refusal by every host is an answer too. `key`: the idempotency key; a second click runs nothing twice. */
  dispatch: (body: DispatchRequest, key: string) =>
    json<DispatchAnswer>(
      '/api/dispatch',
      { method: 'POST', body, headers: { 'idempotency-key': key } },
      ({ headers }) => !headers.get('content-type')?.includes('problem'),
    ),

  outputIndex: (id: string) => json<OutputIndexView>(`/api/commands/${id}/output/index`),
  /** `null`: lines that look like an error. */
  searchOutput: (id: string, q: string | null, from: number, limit: number) =>
    json<OutputMatchesView>(
      withQuery(`/api/commands/${id}/output/search`, {
        ...(q === null ? { errors: 'true' } : { q }),
        from: String(from),
        limit: String(limit),
      }),
    ),
  /** The bytes from `offset` on; null if they can't be read. */
  outputBytes: (id: string, offset: number, limit: number): Promise<Uint8Array | null> =>
    ask(`/api/commands/${id}/output?offset=${offset}&limit=${limit}`, {}, async (response) =>
      response.ok ? new Uint8Array(await response.arrayBuffer()) : null,
    ),
  outputUrl: (id: string) => href(`/api/commands/${id}/output`),
};
