import type { FastifyRequest } from 'fastify';
import { SwitchyardError } from '../../../shared/errors.ts';
import { type Auth, bearerToken } from '../../auth/auth.ts';
import type { Guesses } from '../../auth/guesses.ts';
import { isOwnOrigin } from '../../auth/origin.ts';
import type { RefusedChanges } from '../../auth/refused-changes.ts';
import type { SignIns } from '../../auth/sign-ins.ts';
import type { Strangers } from '../../auth/strangers.ts';
import { type AddressOf, plainAddress } from '../../config/client-address.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { SignIn } from '../../store/port.ts';
import { type Read, whenRead } from '../../store/read.ts';
import { wantsPage } from './not-found.ts';
import { refusalOf } from './problem.ts';
import type { Access, Api } from './route.ts';

/** Refuses a caller without a valid token: throws `unauthorized`, or `rate_limited` where that happens too often. */
export type RefuseCaller = (request: FastifyRequest, detail: string) => never;

export const createRefusal =
  (guesses: Guesses, addressOf: AddressOf): RefuseCaller =>
  (request, detail) => {
    const { method, raw, routeOptions } = request;
    throw guesses.refusal({ address: addressOf(raw), method, route: routeOptions.url }, detail);
  };

export type AccessDeps = {
  auth: Pick<Auth, 'admin' | 'session' | 'hostId'>;
  signIns: Pick<SignIns, 'whenOver'>;
  refuse: RefuseCaller;
  addressOf: AddressOf;
  strangers: Strangers;
  refusedChanges: Pick<RefusedChanges, 'tell'>;
  ledger: Pick<Ledger, 'askedFrom'>;
  /** Origins beside the coordinator's own from which the dashboard may be used. */
  origins: readonly string[];
};

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/**
 * Lets nobody in whose token does not open the route, before a body is read. A header wins over a cookie; a change that
 * rests on a cookie must come from a page of our own.
 */
export function guardRoutes(api: Api, deps: AccessDeps): void {
  const { auth, signIns, refuse, addressOf, strangers, origins } = deps;
  type Caller = { actor: string; signIn?: SignIn };
  const named = (actor: string | null): Caller | null => (actor === null ? null : { actor });
  const callerOf = (request: FastifyRequest, access: Access): Read<Caller | null> => {
    const { authorization, cookie } = request.headers;
    const token = bearerToken(authorization);
    if (access === 'host') return token === null ? null : whenRead(auth.hostId(token), named);
    if (authorization !== undefined) return named(token && auth.admin(token));
    const signIn = auth.session(cookie);
    request.actor = signIn?.actor ?? '';
    if (signIn !== null && !isRead(request.method) && !isOwnOrigin(request.headers, origins))
      throw new SwitchyardError('forbidden_origin', 'This change was asked for by a page of another origin');
    return signIn && { actor: signIn.actor, signIn };
  };

  api.decorateRequest('actor', '');
  tellChanges(api, deps);
  api.server.on('connection', (socket) => strangers.met(socket, plainAddress(socket.remoteAddress)));
  api.addHook('onRequest', async (request, reply) => {
    strangers.asked(request.raw.socket, addressOf(request.raw));
    const access = request.routeOptions.config.access ?? 'admin';
    if (access === 'anybody' || (request.is404 && wantsPage(request))) return;
    const caller = await callerOf(request, access);
    if (caller === null) return refuse(request, WANTED[access]);
    strangers.proved(request.raw.socket);
    request.actor = caller.actor;
    // An output that is followed must not go on being read by somebody who has signed out.
    if (caller.signIn)
      reply.raw.once(
        'close',
        signIns.whenOver(caller.signIn, () => reply.raw.destroy()),
      );
  });
}

/** Who asked for a change, and from where, stands in the events: of what was made, and of what was refused. */
function tellChanges(api: Api, { addressOf, ledger, refusedChanges }: AccessDeps): void {
  api.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      return ledger.askedFrom(addressOf(request.raw), () => handler.call(this, request, reply));
    };
  });
  api.addHook('onError', async (request, _reply, error) => {
    const { actor, method, raw, url, routeOptions } = request;
    const refusal = refusalOf(error);
    if (actor === '' || isRead(method) || routeOptions.config.access === 'host' || refusal.status >= 500) return;
    const { host } = (request.params ?? {}) as { host?: string };
    const asked = `${method} ${url.split('?')[0]}`;
    refusedChanges.tell({ actor, address: addressOf(raw), asked, host, refusal });
  });
}

const WANTED = {
  admin: 'The admin token is needed, as Authorization: Bearer, or a session of the dashboard',
  host: "A host's token is needed, as Authorization: Bearer",
};
