import { createHmac } from 'node:crypto';
import type { HostStore, SignIn } from '../store/port.ts';
import { type Read, whenRead } from '../store/read.ts';
import { SESSION_MS, type SignIns } from './sign-ins.ts';
import { hashToken, newToken, tokenMatches } from './tokens.ts';

/**
 * Who asks.
 *
 * U1 A host's token opens only what is the host's, the admin token only what is not.
 * U2 A dashboard session's id is made of its cookie and the admin token: what is stored opens nothing, and a new admin token
 *    ends every session.
 */
export type Auth = {
  /** The name under which an admin token acts; null where it is none. */
  admin(token: string): string | null;
  /** The session that a `Cookie` header holds. */
  session(cookieHeader: string | undefined): SignIn | null;
  /** The host whose token this is. */
  hostId(token: string): Read<string | null>;
  /** A `Set-Cookie` value that opens a session; `secure`: the browser came by https. */
  openSession(actor: string, address: string, secure: boolean): Promise<string>;
  /** A `Set-Cookie` value that makes the browser forget its session. */
  closeSession(): string;
};

export type AuthDeps = {
  hosts: Pick<HostStore, 'byTokenHash'>;
  signIns: Pick<SignIns, 'open' | 'find'>;
  adminToken: string;
};

/** There is one admin token; this is its name in events and commands. */
const ADMIN = 'admin';
const COOKIE = 'switchyard_session';

export function createAuth({ hosts, signIns, adminToken }: AuthDeps): Auth {
  const adminHash = hashToken(adminToken);
  const idOf = (value: string): string => createHmac('sha256', adminToken).update(`session ${value}`).digest('hex');

  return {
    admin: (token) => (tokenMatches(token, adminHash) ? ADMIN : null),
    session(cookieHeader) {
      const value = sessionIn(cookieHeader);
      return value === undefined ? null : signIns.find(idOf(value));
    },
    hostId: (token) => whenRead(hosts.byTokenHash(hashToken(token)), (host) => host?.id ?? null),
    async openSession(actor, address, secure) {
      const value = newToken();
      await signIns.open({ id: idOf(value), actor, address });
      return setCookie(value, SESSION_MS / 1000, secure);
    },
    closeSession: () => setCookie('', 0, false),
  };
}

/** The values that are set here need no quoting. */
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
