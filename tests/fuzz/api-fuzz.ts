import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import fc from 'fast-check';
import { type Conformance, createConformance } from '../../coordinator/fixtures/conformance.ts';
import type { Grant } from '../../shared/model/grant.ts';
import type { System } from '../harness/system.ts';
import { type ApiCase, type ApiDocument, casesOf } from './api-cases.ts';
import type { FuzzPerson } from './person.ts';
import { checkSignIn, type SignInCase, signInCases } from './sign-in-cases.ts';

/**
 * Sends generated requests to every operation of a real coordinator, as each kind of caller.
 * Z1 No answer is a server error, and every answer is as the OpenAPI document says.
 * Z2 Each request is answered, and the coordinator is healthy and the same process at the end.
 * Z3 The routes of the identity provider, which the document does not list, lead nowhere else and open a session only for a finished
 *    sign-in (sign-in-cases.ts).
 */
export type ApiFuzzResult = {
  requests: number;
  byRole: Map<string, Map<number, number>>;
  succeeded: number;
  operations: number;
  /** Requests to the routes of the identity provider. */
  signIns: number;
  /** The requests among them that opened a session. */
  opened: number;
};

/** `person`: the system runs with this person's CONFIG. */
export type ApiFuzzOptions = { cases: number; seed: number; person: FuzzPerson };

const PERSON = 'a person';
const SIGN_OUTS = ['closeSession', 'logout'];
const HOSTS = ['web1', 'web2', 'web3'];
const AT_ONCE = 8;
/** Cases after which removed hosts are put back. */
const ROUND = 250;
const ANSWER_MS = 30_000;
const FOLLOWED_MS = 20;

const ROLES: Readonly<Record<string, Grant[]>> = {
  viewer: [{ role: 'viewer' }],
  operator: [{ role: 'operator' }],
  'limited operator': [{ role: 'operator', tags: ['web'], ops: ['pull', 'test', 'cancel'] }],
  admin: [{ role: 'admin' }],
};

export async function fuzzApi(system: System, { cases, seed, person }: ApiFuzzOptions): Promise<ApiFuzzResult> {
  const { api, coordinator } = system;
  const document = (await (await api.send('/api/openapi.json')).json()) as ApiDocument;
  const conformance = createConformance(document);
  const adminToken = readFileSync(coordinator.tokenFile, 'utf8').trim();
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const pid = coordinator.pid();

  const post = async <Body>(path: string, body: object): Promise<Body> =>
    (await (await api.send(path, { method: 'POST', body })).json()) as Body;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  /** The headers that each kind of caller sends. */
  const callers = new Map<string, () => Promise<Record<string, string>>>([
    ['nobody', async () => ({})],
    ['the admin token', async () => bearer(adminToken)],
    [PERSON, () => person.signIn(system)],
  ]);
  const made = new Map<string, string>();
  for (const [role, grants] of Object.entries(ROLES)) {
    const { token } = await post<{ token: string }>('/api/tokens', { name: `fuzz-${role.replace(' ', '-')}`, grants });
    callers.set(role, async () => bearer(token));
  }
  const { token: enrolment } = await post<{ token: string }>('/api/enrolments', {});
  callers.set('an enrolment', async () => bearer(enrolment));
  callers.set('a host', async () => bearer(made.get('web1') ?? ''));

  /** Names and ids for the cases; a removed host comes back under its name. */
  async function words(): Promise<string[]> {
    for (const name of HOSTS) {
      const response = await api.send('/api/hosts', { method: 'POST', body: { name, tags: ['web'] } });
      if (response.status === 201) made.set(name, ((await response.json()) as { token: string }).token);
      else if (name === 'web1' && !made.has(name)) throw new Error('web1 exists already');
    }
    const ids = await Promise.all(HOSTS.map(async (name) => (await api.host(name)).id));
    const commands = (await api.commands('?limit=5')).map(({ id }) => id);
    const rollouts = (await (await api.send('/api/rollouts?limit=3')).json()) as { items: { id: string }[] };
    return [
      ...HOSTS,
      ...ids,
      ...commands,
      ...rollouts.items.map(({ id }) => id),
      'web',
      'pull',
      'test',
      'kill',
      'tag:web',
      'a'.repeat(40),
    ];
  }

  const byRole = new Map<string, Map<number, number>>();
  let requests = 0;
  let succeeded = 0;
  let signIns = 0;
  let opened = 0;
  for (const [role, headersOf] of callers) {
    const counts = new Map<number, number>();
    byRole.set(role, counts);
    const session = await person.signIn(system);
    for (let done = 0; done < cases; done += ROUND) {
      const known = await words();
      const shown = await headersOf();
      const all = fc.oneof(
        { arbitrary: casesOf(document, known), weight: 4 },
        { arbitrary: signInCases(await person.beginSignIns(system, session)), weight: 1 },
      );
      const round = fc.sample(all, { seed: seed + done, numRuns: Math.min(ROUND, cases - done) });
      // A sign-out would leave the person's other cases without a session; the other callers send it.
      const rest = round.filter(({ operationId }) => role !== PERSON || !SIGN_OUTS.includes(operationId)).values();
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (const one of rest) {
            const from = `10.${(requests >> 16) & 255}.${(requests >> 8) & 255}.${requests & 255}`;
            const way = { address: coordinator.address, shown, agent, conformance, person, from };
            const { status, opens } = await answerOf(one, way).catch((cause) => {
              const why = cause instanceof Error ? cause.message : cause;
              throw new Error(`${role}: ${curlOf(one)}: ${why}`, { cause });
            });
            counts.set(status, (counts.get(status) ?? 0) + 1);
            requests += 1;
            if (status < 300) succeeded += 1;
            if ('opens' in one) signIns += 1;
            if (opens) opened += 1;
          }
        }),
      );
    }
  }
  agent.destroy();
  if (coordinator.pid() !== pid) throw new Error('the coordinator was started again meanwhile');
  const ready = await api.send('/readyz');
  if (!ready.ok) throw new Error(`readyz answers ${ready.status}`);
  return { requests, byRole, succeeded, operations: conformance.seen.size, signIns, opened };
}

type Way = {
  address: string;
  shown: Record<string, string>;
  agent: Agent;
  conformance: Conformance;
  person: FuzzPerson;
  from: string;
};

async function answerOf(one: ApiCase | SignInCase, way: Way): Promise<{ status: number; opens: boolean }> {
  const { address, shown, agent, conformance, person, from } = way;
  const { method, path, headers, body } = one;
  const cookie = [shown.cookie ?? [], headers.cookie ?? []].flat().join('; ');
  const url = new URL(address);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request(
      {
        host: url.hostname,
        port: url.port,
        method,
        path,
        agent,
        timeout: ANSWER_MS,
        headers: {
          ...headers,
          'x-forwarded-for': from,
          ...shown,
          ...(cookie !== '' && { cookie }),
          ...(body !== null && { 'content-length': Buffer.byteLength(body) }),
        },
      },
      resolve,
    );
    asked.on('error', reject);
    asked.on('timeout', () => asked.destroy(new Error(`no answer in ${ANSWER_MS} ms`)));
    asked.end(body ?? undefined);
  });
  const status = response.statusCode ?? 0;
  const text = await textOf(response, /[?&]follow=true/.test(path));
  if (status >= 500) throw new Error(`${status} ${text.slice(0, 500)}`);
  if ('opens' in one) {
    const opens = checkSignIn(one, { status, headers: response.headers, text }, person);
    return { status, opens };
  }
  const isJson = text !== '' && /\/(problem\+)?json/.test(String(response.headers['content-type']));
  const isPage = !/format=/.test(path);
  conformance.check(method, path, {
    status,
    headers: response.headers,
    body: isJson && isPage ? JSON.parse(text) : text === '' || !isPage ? null : text,
  });
  return { status, opens: false };
}

/** A followed output may not end. */
async function textOf(response: IncomingMessage, isFollowed: boolean): Promise<string> {
  const cut = isFollowed ? setTimeout(() => response.destroy(), FOLLOWED_MS) : undefined;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    if (!isFollowed) throw error;
  } finally {
    clearTimeout(cut);
  }
  return Buffer.concat(chunks).toString();
}

const curlOf = ({ operationId, method, path, headers, body }: ApiCase): string =>
  `${operationId}: ${method} ${path} ${JSON.stringify(headers)} ${body === null ? '' : JSON.stringify(body.slice(0, 2_000))}`;

/** One line for people. */
export const apiFigures = ({ requests, byRole, succeeded, operations, signIns, opened }: ApiFuzzResult): string =>
  `${requests} requests as ${byRole.size} kinds of caller, ${succeeded} succeeded, over ${operations} operations, ${signIns} of them on the routes of the identity provider, which opened ${opened} sessions; 0 server errors, each answer as the document says`;
