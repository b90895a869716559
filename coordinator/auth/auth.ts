import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import type { HostStore } from '../store/hosts.ts';
import { hashToken, tokenMatches } from './tokens.ts';

/**
 * Who asks.
 *
 * U1 A host's token opens only what is the host's, the admin token only what is not.
 * U2 A dashboard session is its expiry, signed with a key made from the admin token: nothing of it is stored, it outlives
 *    a restart of the coordinator, and a new admin token ends every session.
 */
export type Auth = {
  /** The name under which an admin token acts; null where it is none. */
  admin(token: string): string | null;
  /** The same for a `Cookie` header that holds a session. */
  session(cookieHeader: string | undefined): string | null;
  /** The host whose token this is. */
  hostId(token: string): string | null;
  /** A `Set-Cookie` value that opens a session; `secure`: the browser came by https. */
  openSession(secure: boolean): string;
  /** A `Set-Cookie` value that makes the browser forget its session. */
  closeSession(): string;
};

export type AuthDeps = { clock: Clock; hosts: Pick<HostStore, 'byTokenHash'>; adminToken: string };

/** There is one admin token; this is its name in events and commands. */
const ADMIN = 'admin';
const COOKIE = 'switchyard_session';
const SESSION_MS = 30 * 24 * 3_600_000;

export function createAuth({ clock, hosts, adminToken }: AuthDeps): Auth {
  const adminHash = hashToken(adminToken);
  const sign = (expiresAt: string): Buffer =>
    createHmac('sha256', adminToken).update(`switchyard session until ${expiresAt}`).digest();

  const isSession = (value: string): boolean => {
    const [expiresAt = '', signature = ''] = value.split('.');
    const given = Buffer.from(signature, 'base64url');
    const own = sign(expiresAt);
    return given.length === own.length && timingSafeEqual(given, own) && Number(expiresAt) > clock.now();
  };

  return {
    admin: (token) => (tokenMatches(token, adminHash) ? ADMIN : null),
    session(cookieHeader) {
      const value = sessionIn(cookieHeader);
      return value !== undefined && isSession(value) ? ADMIN : null;
    },
    hostId: (token) => hosts.byTokenHash(hashToken(token))?.id ?? null,
    openSession(secure) {
      const expiresAt = String(clock.now() + SESSION_MS);
      const value = `${expiresAt}.${sign(expiresAt).toString('base64url')}`;
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
