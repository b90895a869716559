import type { FastifyRequest } from 'fastify';
import { SwitchyardError } from '../../shared/errors.ts';
import { type Auth, bearerToken } from '../auth.ts';
import type { Log } from '../log.ts';
import { isOwnOrigin } from '../origin.ts';
import type { Access, Api } from './route.ts';

/** Refuses a caller without a valid token: throws `unauthorized`, or `rate_limited` where that happens too often. */
export type RefuseCaller = (request: FastifyRequest, detail: string) => Promise<never>;

/** Failures a minute and address; far above what a mistyped token or a forgotten agent brings about. */
const FAILURES = { max: 300, timeWindow: 60_000 };

export function createRefusal(api: Api, log: Log): RefuseCaller {
  const count = api.createRateLimit(FAILURES);
  return async (request, detail) => {
    const limit = await count(request);
    if (!limit.isAllowed && limit.isExceeded)
      throw new SwitchyardError(
        'rate_limited',
        `Too many requests without a valid token; wait ${limit.ttlInSeconds} s`,
      );
    const { method, ip, routeOptions } = request;
    log.warn({ ip, method, route: routeOptions.url }, 'a request without a valid token was refused');
    throw new SwitchyardError('unauthorized', detail);
  };
}

export type AccessDeps = {
  auth: Pick<Auth, 'admin' | 'session' | 'hostId'>;
  refuse: RefuseCaller;
  /** Origins beside the coordinator's own from which the dashboard may be used. */
  origins: readonly string[];
};

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/**
 * Lets nobody in whose token does not open the route, before a body is read. A header wins over a cookie; a change that
 * rests on a cookie must come from a page of our own.
 */
export function guardRoutes(api: Api, { auth, refuse, origins }: AccessDeps): void {
  const actorOf = (request: FastifyRequest, access: Access): string | null => {
    const { authorization, cookie } = request.headers;
    const token = bearerToken(authorization);
    if (access === 'host') return token && auth.hostId(token);
    if (authorization !== undefined) return token && auth.admin(token);
    const actor = auth.session(cookie);
    if (actor !== null && !isRead(request.method) && !isOwnOrigin(request.headers, origins))
      throw new SwitchyardError('forbidden_origin', 'This change was asked for by a page of another origin');
    return actor;
  };

  api.decorateRequest('actor', '');
  api.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access ?? 'admin';
    if (access === 'anybody') return;
    const actor = actorOf(request, access);
    if (actor === null) await refuse(request, WANTED[access]);
    else request.actor = actor;
  });
}

const WANTED = {
  admin: 'The admin token is needed, as Authorization: Bearer, or a session of the dashboard',
  host: "A host's token is needed, as Authorization: Bearer",
};
