import type { IncomingHttpHeaders } from 'node:http';
import { tokenActor } from '../../shared/model/actor.ts';
import type { Grant } from '../../shared/model/grant.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { HostStore } from '../store/port.ts';
import { type Read, whenRead } from '../store/read.ts';
import type { SignedInPerson, SignIn } from '../store/records.ts';
import type { ApiTokens } from './api-tokens.ts';
import type { Enrolments } from './enrolments.ts';
import type { FormerTokens } from './former-tokens.ts';
import { ADMIN, type Principal } from './principal.ts';
import { createPrincipals } from './principals.ts';
import { keyFor, seal } from './seal.ts';
import { SESSION_MS, type SignIns } from './sign-ins.ts';
import { hashToken, newToken, tokenMatches } from './tokens.ts';

/**
 * Tells who a request comes from.
 *
 * U1 A host's token opens only the host's routes, an enrolment token only the route to enrol; the admin token opens all others.
 * U2 A session's id is an HMAC of its cookie under the admin token: the stored id opens nothing, and a new admin token ends
 *    every session.
 * U3 A session has the present grants of the token, or of the person, that opened it, and ends with them.
 */
export type Auth = {
  /** The caller with this token: the admin token, or one with grants. */
  byToken(token: string): Caller | null;
  /** Likewise; also takes the token of a session, which the command line uses. */
  byBearer(token: string): Caller | null;
  /** The caller whose session a `Cookie` header holds. */
  bySession(cookieHeader: string | undefined): (Caller & { signIn: SignIn }) | null;
  /** The host whose token this is. */
  hostId(token: string): Read<string | null>;
  /** The enrolment with this token, even if it has expired or is used up. */
  enrolmentId(token: string): string | null;
  /** A `Set-Cookie` value that opens a session; `secure`: the browser came by https. */
  openSession(who: Opener, secure: boolean): Promise<string>;
  /** A session without a browser: the token that opens it. */
  openTokenSession(who: Opener): Promise<{ token: string; expiresAt: number }>;
  /** A `Set-Cookie` value that makes the browser forget its session. */
  closeSession(): string;
};

/** The person or token that opens a session. */
export type Opener = {
  actor: string;
  address: string;
  /** Null if a token opens the session. `secret` is stored sealed, with a key made from the session's cookie or token. */
  person: (Omit<SignedInPerson, 'sealed'> & { secret: string }) | null;
};

/** The sender of a request, and how long their credential stays valid. */
export type Caller = {
  principal: Principal;
  /** Runs when their credential is no longer valid; returns a function that cancels this. Null for the admin token, which stays valid. */
  whenOver: ((run: () => void) => () => void) | null;
  /** When the credential expires; null if it does not. */
  expiresAt: number | null;
  /** When the session's step-up ends; null without one. */
  steppedUpUntil(): number | null;
  /** Absent for a caller with the admin token, or one with grants. */
  signIn?: SignIn;
};

/** The present grants of a person who signed in through an identity provider; null if there are none. */
export type PresentGrants = (person: SignedInPerson) => Grant[] | null;

export type AuthDeps = {
  hosts: Pick<HostStore, 'idByTokenHash' | 'byFormerTokenHash'>;
  formerTokens: Pick<FormerTokens, 'changes' | 'presentUsed' | 'isKept'>;
  signIns: Pick<SignIns, 'open' | 'find' | 'whenOver' | 'provedAt'>;
  apiTokens: Pick<ApiTokens, 'find' | 'byActor' | 'whenOver'>;
  enrolments: Pick<Enrolments, 'find'>;
  presentGrants: PresentGrants;
  /** Called when a person has shown their session's cookie or token; `keyOf` makes the key from it. */
  shown: (signIn: SignIn, keyOf: () => Buffer) => void;
  adminToken: string;
  clock: Pick<Clock, 'now'>;
  /** `ops`: those that need a step-up; `ms`: how long one lasts. */
  stepUp: { ops: readonly string[]; ms: number };
};

const COOKIE = 'switchyard_session';

/** How a session is shown: by cookie or by token. Neither works in place of the other. */
type Shown = 'session' | 'token session';

export function createAuth(deps: AuthDeps): Auth {
  const { hosts, formerTokens, signIns, apiTokens, enrolments, presentGrants, adminToken, clock, stepUp } = deps;
  const { shown: tellShown } = deps;
  const principalOf = createPrincipals(deps);
  const adminHash = hashToken(adminToken);
  const never = (): null => null;
  const idOf = (shown: Shown, value: string): string => keyFor(adminToken, `${shown} ${value}`).toString('hex');
  const sealingKey = (shown: Shown, value: string): Buffer => keyFor(adminToken, `keys of ${shown} ${value}`);

  function byToken(text: string): Caller | null {
    if (tokenMatches(text, adminHash))
      return { principal: ADMIN, whenOver: null, expiresAt: null, steppedUpUntil: never };
    const token = apiTokens.find(text);
    if (!token) return null;
    const principal = principalOf(tokenActor(token.name), () => token.grants, never);
    const { expiresAt } = token;
    return { principal, whenOver: (run) => apiTokens.whenOver(token, run), expiresAt, steppedUpUntil: never };
  }

  /** The present grants behind a session; null if it is over. */
  function grantsOf({ id }: Pick<SignIn, 'id'>): readonly Grant[] | null {
    const signIn = signIns.find(id);
    if (!signIn) return null;
    if (signIn.person !== null) return presentGrants(signIn.person);
    return signIn.actor === ADMIN.actor ? ADMIN.grants : (apiTokens.byActor(signIn.actor)?.grants ?? null);
  }

  function bySecret(shown: Shown, value: string): (Caller & { signIn: SignIn }) | null {
    const signIn = signIns.find(idOf(shown, value));
    if (!signIn || grantsOf(signIn) === null) return null;
    if (signIn.person !== null) tellShown(signIn, () => sealingKey(shown, value));
    const steppedUpUntil = (): number | null => {
      const at = signIns.provedAt(signIn);
      return at === null ? null : at + stepUp.ms;
    };
    const principal = principalOf(signIn.actor, () => grantsOf(signIn) ?? [], steppedUpUntil);
    const { expiresAt } = signIn;
    return { principal, whenOver: (run) => signIns.whenOver(signIn, run), expiresAt, steppedUpUntil, signIn };
  }

  async function open(shown: Shown, { person: given, ...who }: Opener): Promise<{ value: string; signIn: SignIn }> {
    const value = newToken();
    const key = sealingKey(shown, value);
    let person: SignedInPerson | null = null;
    if (given !== null) {
      const { secret, ...known } = given;
      person = { ...known, sealed: seal(key, secret) };
    }
    const signIn = await signIns.open({ id: idOf(shown, value), ...who, person });
    if (person !== null) tellShown(signIn, () => key);
    return { value, signIn };
  }

  function hostId(token: string): Read<string | null> {
    const hash = hashToken(token);
    const before = formerTokens.changes();
    return whenRead(hosts.idByTokenHash(hash), (id): Read<string | null> => {
      // The token may have been replaced since this read. The answer would let the old one in, or count as a use of the new one.
      if (formerTokens.changes() !== before) return hostId(token);
      if (id !== null) {
        formerTokens.presentUsed(id);
        return id;
      }
      return whenRead(hosts.byFormerTokenHash(hash), (former) =>
        former && former.until > clock.now() && formerTokens.isKept(former.id) ? former.id : null,
      );
    });
  }

  return {
    byToken,
    byBearer: (text) => byToken(text) ?? bySecret('token session', text),
    bySession(cookieHeader) {
      const value = sessionIn(cookieHeader);
      return value === undefined ? null : bySecret('session', value);
    },
    hostId,
    enrolmentId: (token) => enrolments.find(token)?.id ?? null,
    async openSession(who, secure) {
      const { value } = await open('session', who);
      return setCookie(value, SESSION_MS / 1000, secure);
    },
    async openTokenSession(who) {
      const { value, signIn } = await open('token session', who);
      return { token: value, expiresAt: signIn.expiresAt };
    },
    closeSession: () => setCookie('', 0, false),
  };
}

/** These values need no quoting. */
const setCookie = (value: string, maxAgeS: number, secure: boolean): string =>
  `${COOKIE}=${value}; Max-Age=${maxAgeS}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;

const sessionIn = (cookieHeader = ''): string | undefined =>
  cookieHeader
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);

/** Whether a request shows a credential, valid or not. */
export const showsCredential = ({ authorization, cookie }: IncomingHttpHeaders): boolean =>
  authorization !== undefined || sessionIn(cookie) !== undefined;

/** The token of an `Authorization: Bearer` header. */
export const bearerToken = (authorization: string | undefined): string | null =>
  /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? null;
