import fc from 'fast-check';
import type { ApiCase } from './api-cases.ts';
import { hostileText } from './schema-values.ts';

/** Requests to the routes on which people sign in through the identity provider: the OpenAPI document does not list them. */

/** A sign-in that a browser has begun. `code`: the code with which the provider sent the browser back; null if it has not. */
export type BegunSignIn = { cookie: string; state: string; code: string | null };

/** Values for the cases: sign-ins under way, and sealed values that the coordinator gave. */
export type SignInWords = { begun: readonly BegunSignIn[]; sealed: readonly string[]; issuer: string };

/** `opens`: the case has all that opens a session: cookie, state and code of one sign-in. */
export type SignInCase = ApiCase & { opens: boolean };

const PREFIX = '/api/oidc';

/** Pages to return to after a sign-in. Most of them are foreign. */
export const RETURNS: readonly string[] = [
  ...[
    '/',
    '/hosts/web1?tab=output#end',
    '//evil.example.com',
    '/\\evil.example.com',
    '/%0d%0aset-cookie:x=y',
    '/../..',
  ],
  ...['https://evil.example.com/', 'javascript:alert(1)', '/@evil.example.com', '/\t/evil.example.com', '\u2028/'],
];

export function signInCases(words: SignInWords): fc.Arbitrary<SignInCase> {
  const some = (known: readonly string[]) =>
    known.length === 0 ? hostileText : fc.oneof({ arbitrary: fc.constantFrom(...known), weight: 3 }, hostileText);
  const sealed = some(words.sealed.flatMap((one) => [one, `${one}A`, one.slice(0, -4), `A${one.slice(1)}`]));
  const plain = (operationId: string, method: string, path: string): fc.Arbitrary<SignInCase> =>
    fc.constant(made({ operationId, method, path }));
  return fc.oneof(
    { arbitrary: callbacks(words, some), weight: 4 },
    fc
      .record({ return: some(RETURNS), stepUp: some(['true', 'false', '1']) }, { requiredKeys: [] })
      .map((query) => made({ operationId: 'login', path: withQuery('/login', query) })),
    fc
      .record({ session: sealed }, { requiredKeys: [] })
      .map((query) => made({ operationId: 'stepUpLink', path: withQuery('/step-up', query) })),
    fc
      .oneof(
        sealed.map((signIn) => JSON.stringify({ signIn })),
        hostileText,
      )
      .map((body) => made({ operationId: 'deviceToken', method: 'POST', path: '/device/token', body })),
    plain('logout', 'GET', '/logout'),
    plain('device', 'POST', '/device'),
    plain('askStepUp', 'POST', '/step-up'),
  );
}

/** Genuine and forged returns from the provider, with the values of one sign-in, of several, or of none. */
function callbacks(
  { begun, issuer }: SignInWords,
  some: (known: readonly string[]) => fc.Arbitrary<string>,
): fc.Arbitrary<SignInCase> {
  const none: BegunSignIn = { cookie: '', state: '', code: null };
  const codes = begun.flatMap(({ code }) => code ?? []);
  return fc
    .record({
      own: fc.constantFrom(none, ...begun),
      mixed: fc.record({
        state: some(begun.map(({ state }) => state)),
        cookie: some(begun.map(({ cookie }) => cookie)),
      }),
      isMixed: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
      code: some(codes),
      more: fc.record(
        {
          iss: some([issuer, `${issuer}/`, 'https://evil.example.com']),
          error: some(['access_denied', 'login_required', 'server_error']),
          error_description: hostileText,
          error_uri: hostileText,
          id_token: hostileText,
          response: hostileText,
          session_state: hostileText,
        },
        { requiredKeys: ['iss'] },
      ),
      keeps: fc.subarray(['iss', 'code', 'state', 'error', 'error_description', 'error_uri', 'id_token', 'response']),
      isWhole: fc.boolean(),
    })
    .map(({ own, mixed, isMixed, code, more, keeps, isWhole }) => {
      const { state, cookie } = isMixed ? mixed : own;
      const all = { ...more, state, code: isWhole ? (own.code ?? code) : code };
      const whole = { iss: issuer, state, code: all.code };
      const query = isWhole ? whole : Object.fromEntries(Object.entries(all).filter(([name]) => keeps.includes(name)));
      const opens = begun.some((one) => one.code === query.code && one.state === query.state && one.cookie === cookie);
      const headers: Record<string, string> = cookie === '' ? {} : { cookie: cookie.replace(/[^ -~]/g, '?') };
      return { ...made({ operationId: 'callback', path: withQuery('/callback', query), headers }), opens };
    });
}

const made = ({
  operationId,
  path,
  method = 'GET',
  headers = {},
  body = null,
}: Partial<ApiCase> & Pick<ApiCase, 'operationId' | 'path'>): SignInCase => ({
  operationId,
  method,
  path: PREFIX + path,
  headers: { ...headers, ...(body !== null && { 'content-type': 'application/json' }) },
  body,
  opens: false,
});

function withQuery(path: string, query: Record<string, string>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string };

/**
 * Whether the answer opens a session. Throws if it leads to neither the provider nor the coordinator, puts markup of the request into a page,
 * opens a session without a finished sign-in, or has an unknown form.
 */
export function checkSignIn(
  { opens }: SignInCase,
  { status, headers, text }: Answer,
  { publicUrl, issuer }: { publicUrl: string; issuer: string },
): boolean {
  const { location } = headers;
  const isOwn = [publicUrl, issuer].some((known) => String(location).startsWith(`${known}/`));
  if (location !== undefined && !isOwn) throw new Error(`it leads to ${location}`);
  const type = String(headers['content-type']);
  if (type.startsWith('text/html') && /<script|href="[^"]*evil\.example/i.test(text))
    throw new Error(`markup: ${text}`);
  if (/json/.test(type) && typeof JSON.parse(text) !== 'object') throw new Error(`no object: ${text}`);
  if (status >= 400 && !/html|problem\+json/.test(type)) throw new Error(`${status} without a page or a problem`);
  const session = [headers['set-cookie'] ?? []].flat().find((cookie) => /^switchyard_session=[^;]/.test(cookie));
  if (session !== undefined && !opens) throw new Error(`a session without a sign-in: ${session}`);
  return session !== undefined;
}
