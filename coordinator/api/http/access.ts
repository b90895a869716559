import type { FastifyRequest } from 'fastify';
import { SwitchyardError } from '../../../shared/errors.ts';
import { type Auth, bearerToken, type Caller } from '../../auth/auth.ts';
import type { Guesses } from '../../auth/guesses.ts';
import { isOwnOrigin } from '../../auth/origin.ts';
import { permit, type Rule, ruleOf } from '../../auth/permissions.ts';
import { NOBODY } from '../../auth/principal.ts';
import type { RefusedChanges } from '../../auth/refused-changes.ts';
import type { Strangers } from '../../auth/strangers.ts';
import { type AddressOf, plainAddress } from '../../config/client-address.ts';
import type { Ledger } from '../../engine/ledger.ts';
import { type Read, whenRead } from '../../store/read.ts';
import { wantsPage } from './not-found.ts';
import { refusalOf } from './problem.ts';
import type { Api } from './route.ts';

/** Refuses a caller without a valid token: throws `unauthorized`, or `rate_limited` where that happens too often. */
export type RefuseCaller = (request: FastifyRequest, detail: string) => never;

export const createRefusal =
  (guesses: Guesses, addressOf: AddressOf): RefuseCaller =>
  (request, detail) => {
    const { method, raw, routeOptions } = request;
    throw guesses.refusal({ address: addressOf(raw), method, route: routeOptions.url }, detail);
  };

export type AccessDeps = {
  auth: Pick<Auth, 'byToken' | 'bySession' | 'hostId'>;
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
 * rests on a cookie must come from a page of our own. What a valid caller may do says auth/permissions.ts.
 */
export function guardRoutes(api: Api, deps: AccessDeps): void {
  const { auth, refuse, addressOf, strangers, origins } = deps;
  const ofHost = (hostId: string | null): Caller | null =>
    hostId === null
      ? null
      : { principal: { ...NOBODY, actor: hostId }, whenOver: null, expiresAt: null, steppedUpUntil: () => null };
  const callerOf = (request: FastifyRequest, rule: Rule): Read<Caller | null> => {
    const { authorization, cookie } = request.headers;
    const token = bearerToken(authorization);
    if (rule === 'host') return token === null ? null : whenRead(auth.hostId(token), ofHost);
    if (authorization !== undefined) return token === null ? null : auth.byToken(token);
    const caller = auth.bySession(cookie);
    request.actor = caller?.principal.actor ?? '';
    if (caller !== null && !isRead(request.method) && !isOwnOrigin(request.headers, origins))
      throw new SwitchyardError('forbidden_origin', 'This change was asked for by a page of another origin');
    return caller;
  };

  api.decorateRequest('actor', '');
  api.decorateRequest('caller', null as never);
  api.addHook('onRoute', (route) => {
    const [method = ''] = [route.method].flat();
    route.config = { ...route.config, rule: route.config?.page ? 'anybody' : ruleOf(method, route.url) };
  });
  tellChanges(api, deps);
  api.server.on('connection', (socket) => strangers.met(socket, plainAddress(socket.remoteAddress)));
  api.addHook('onRequest', async (request, reply) => {
    strangers.asked(request.raw.socket, addressOf(request.raw));
    // Who asks for what is not there has to be somebody.
    const rule = (request.is404 ? undefined : request.routeOptions.config.rule) ?? { role: 'viewer' };
    if (rule === 'anybody' || (request.is404 && wantsPage(request))) return;
    const caller = await callerOf(request, rule);
    if (caller === null) return refuse(request, WANTED[rule === 'host' ? 'host' : 'principal']);
    strangers.proved(request.raw.socket);
    request.caller = caller;
    request.actor = caller.principal.actor;
    if (rule !== 'host') permit(caller.principal, rule, `${request.method} ${request.routeOptions.url ?? request.url}`);
    // An output that is followed must not go on being read by somebody who has signed out.
    if (caller.whenOver)
      reply.raw.once(
        'close',
        caller.whenOver(() => reply.raw.destroy()),
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
    if (actor === '' || routeOptions.config.rule === 'host' || refusal.status >= 500) return;
    if (isRead(method) && refusal.code !== 'forbidden') return;
    const { host } = (request.params ?? {}) as { host?: string };
    const asked = `${method} ${url.split('?')[0]}`;
    refusedChanges.tell({ actor, address: addressOf(raw), asked, host, refusal });
  });
}

const WANTED = {
  principal: 'A token is needed, as Authorization: Bearer, or a session of the dashboard',
  host: "A host's token is needed, as Authorization: Bearer",
};
