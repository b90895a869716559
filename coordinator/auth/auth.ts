import { createHmac } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import type { Grant } from '../../shared/grant.ts';
import type { HostStore } from '../store/port.ts';
import { type Read, whenRead } from '../store/read.ts';
import type { SignIn } from '../store/records.ts';
import type { ApiTokens } from './api-tokens.ts';
import type { Enrolments } from './enrolments.ts';
import type { FormerTokens } from './former-tokens.ts';
import { ADMIN, type Principal, tokenActor } from './principal.ts';
import { SESSION_MS, type SignIns } from './sign-ins.ts';
import { hashToken, newToken, tokenMatches } from './tokens.ts';

/**
 * Tells who a request comes from.
 *
 * U1 A host's token opens only the host's routes, an enrolment token only the route to enrol; the admin token opens all others.
 * U2 A session's id is an HMAC of its cookie under the admin token: the stored id opens nothing, and a new admin token ends
 *    every session.
 * U3 A session has the present grants of the token that opened it, and ends with that token.
 */
export type Auth = {
  /** The caller with this token: the admin token, or one with grants. */
  byToken(token: string): Caller | null;
  /** The caller whose session a `Cookie` header holds. */
  bySession(cookieHeader: string | undefined): (Caller & { signIn: SignIn }) | null;
  /** The host whose token this is. */
  hostId(token: string): Read<string | null>;
  /** The enrolment whose token this is, also when it has expired or is used up. */
  enrolmentId(token: string): string | null;
  /** A `Set-Cookie` value that opens a session; `secure`: the browser came by https. */
  openSession(actor: string, address: string, secure: boolean): Promise<string>;
  /** A `Set-Cookie` value that makes the browser forget its session. */
  closeSession(): string;
};

/** Who a request comes from, and how long they stay valid. */
export type Caller = {
  principal: Principal;
  /** Runs when their credential is no longer valid; returns a function that cancels this. Null for the admin token, which stays valid. */
  whenOver: ((run: () => void) => () => void) | null;
  /** When the credential expires; null if it does not. */
  expiresAt: number | null;
  /** When the session's step-up ends; null without one. */
  steppedUpUntil(): number | null;
  /** Absent for a caller with a token. */
  signIn?: SignIn;
};

export type AuthDeps = {
  hosts: Pick<HostStore, 'byTokenHash' | 'byFormerTokenHash'>;
  formerTokens: Pick<FormerTokens, 'presentUsed' | 'isKept'>;
  signIns: Pick<SignIns, 'open' | 'find' | 'whenOver' | 'provedAt'>;
  apiTokens: Pick<ApiTokens, 'find' | 'byActor' | 'whenOver'>;
  enrolments: Pick<Enrolments, 'find'>;
  adminToken: string;
  clock: Pick<Clock, 'now'>;
  /** `ops`: those that need a step-up; `ms`: how long one lasts. */
  stepUp: { ops: readonly string[]; ms: number };
};

const COOKIE = 'switchyard_session';

export function createAuth({
  hosts,
  formerTokens,
  signIns,
  apiTokens,
  enrolments,
  adminToken,
  clock,
  stepUp,
}: AuthDeps): Auth {
  const adminHash = hashToken(adminToken);
  const principalOf = (actor: string, grants: readonly Grant[], steppedUpUntil: () => number | null): Principal => ({
    ...{ actor, grants },
    needsStepUp: (op) => (op === null || stepUp.ops.includes(op)) && (steppedUpUntil() ?? 0) <= clock.now(),
  });
  const never = (): null => null;
  const idOf = (value: string): string => createHmac('sha256', adminToken).update(`session ${value}`).digest('hex');

  return {
    byToken(text) {
      if (tokenMatches(text, adminHash))
        return { principal: ADMIN, whenOver: null, expiresAt: null, steppedUpUntil: never };
      const token = apiTokens.find(text);
      if (!token) return null;
      const principal = principalOf(tokenActor(token.name), token.grants, never);
      const { expiresAt } = token;
      return { principal, whenOver: (run) => apiTokens.whenOver(token, run), expiresAt, steppedUpUntil: never };
    },
    bySession(cookieHeader) {
      const value = sessionIn(cookieHeader);
      const signIn = value === undefined ? null : signIns.find(idOf(value));
      if (!signIn) return null;
      const { actor, expiresAt } = signIn;
      const grants = actor === ADMIN.actor ? ADMIN.grants : apiTokens.byActor(actor)?.grants;
      if (!grants) return null;
      const steppedUpUntil = (): number | null => {
        const at = signIns.provedAt(signIn);
        return at === null ? null : at + stepUp.ms;
      };
      const principal = principalOf(actor, grants, steppedUpUntil);
      return { principal, whenOver: (run) => signIns.whenOver(signIn, run), expiresAt, steppedUpUntil, signIn };
    },
    hostId(token) {
      const hash = hashToken(token);
      return whenRead(hosts.byTokenHash(hash), (host) => {
        if (host) {
          formerTokens.presentUsed(host.id);
          return host.id;
        }
        return whenRead(hosts.byFormerTokenHash(hash), (former) =>
          former && former.until > clock.now() && formerTokens.isKept(former.id) ? former.id : null,
        );
      });
    },
    enrolmentId: (token) => enrolments.find(token)?.id ?? null,
    async openSession(actor, address, secure) {
      const value = newToken();
      await signIns.open({ id: idOf(value), actor, address });
      return setCookie(value, SESSION_MS / 1000, secure);
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

/** The token of an `Authorization: Bearer` header. */
export const bearerToken = (authorization: string | undefined): string | null =>
  /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? null;
