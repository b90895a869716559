import type { FastifyRequest } from 'fastify';
import { type ErrorCode, SwitchyardError } from '../../../shared/api/errors.ts';
import { type Auth, bearerToken, type Caller, showsCredential } from '../../auth/auth.ts';
import type { Guesses } from '../../auth/guesses.ts';
import { isOwnOrigin } from '../../auth/origin.ts';
import { permit, type Rule, ruleOf } from '../../auth/permissions.ts';
import { NOBODY } from '../../auth/principal.ts';
import type { Refusals } from '../../auth/refusals.ts';
import type { SignIns } from '../../auth/sign-ins.ts';
import type { Strangers } from '../../auth/strangers.ts';
import { type AddressOf, plainAddress } from '../../config/client-address.ts';
import type { Ledger } from '../../engine/ledger.ts';
import { type Read, whenRead } from '../../store/read.ts';
import { wantsPage } from './not-found.ts';
import { refusalOf } from './problem.ts';
import type { Api } from './route.ts';

/** Refuses a caller without a valid token: throws `unauthorized`, or `rate_limited` after too many. */
export type RefuseCaller = (request: FastifyRequest, detail: string) => never;

export const createRefusal =
  (guesses: Guesses, addressOf: AddressOf): RefuseCaller =>
  (request, detail) => {
    const { method, raw, routeOptions } = request;
    throw guesses.refusal({ address: addressOf(raw), method, route: routeOptions.url }, detail);
  };

export type AccessDeps = {
  auth: Pick<Auth, 'byBearer' | 'bySession' | 'hostId' | 'enrolmentId'>;
  refuse: RefuseCaller;
  addressOf: AddressOf;
  strangers: Strangers;
  refusals: Pick<Refusals, 'tell'>;
  signIns: Pick<SignIns, 'failed'>;
  ledger: Pick<Ledger, 'askedFrom'>;
  /** Origins, beside the coordinator's own, whose pages may use the dashboard's session. */
  origins: readonly string[];
};

const NOTHING = (): void => {};
const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/**
 * Refuses, before a body is read, callers whose token does not open the route. A header wins over a cookie; a change by cookie
 * must come from a page of our own. auth/permissions.ts decides what a valid caller may do.
 */
export function guardRoutes(api: Api, deps: AccessDeps): void {
  const { auth, refuse, addressOf, strangers, origins } = deps;
  /** A host, or an agent that asks to enrol: no principal. */
  const named = (id: string | null): Caller | null =>
    id === null
      ? null
      : { principal: { ...NOBODY, actor: id }, whenOver: null, expiresAt: null, steppedUpUntil: () => null };
  const callerOf = (request: FastifyRequest, rule: Rule): Read<Caller | null> => {
    const { authorization, cookie } = request.headers;
    const token = bearerToken(authorization);
    if (rule === 'host') return token === null ? null : whenRead(auth.hostId(token), named);
    if (rule === 'enrolment') return token === null ? null : named(auth.enrolmentId(token));
    if (authorization !== undefined) return token === null ? null : auth.byBearer(token);
    const caller = auth.bySession(cookie);
    request.actor = caller?.principal.actor ?? '';
    if (caller !== null && !isRead(request.method) && !isOwnOrigin(request.headers, origins))
      throw new SwitchyardError('forbidden_origin', 'This change was asked for by a page of another origin');
    return caller;
  };

  api.decorateRequest('actor', '');
  api.decorateRequest('caller', null as never);
  api.decorateRequest('outlive', NOTHING);
  api.addHook('onRoute', (route) => {
    const [method = ''] = [route.method].flat();
    route.config = { ...route.config, rule: route.config?.page ? 'anybody' : ruleOf(method, route.url) };
  });
  tellChanges(api, deps);
  api.server.on('connection', (socket) => strangers.met(socket, plainAddress(socket.remoteAddress)));
  api.addHook('onRequest', async (request, reply) => {
    strangers.asked(request.raw.socket, addressOf(request.raw));
    // Unknown paths are told apart only to callers with a token.
    const rule = (request.is404 ? undefined : request.routeOptions.config.rule) ?? { role: 'viewer' };
    if (rule === 'anybody' || (request.is404 && wantsPage(request))) return;
    const caller = await callerOf(request, rule);
    if (caller === null) return refuse(request, WANTED[typeof rule === 'string' ? rule : 'principal']);
    strangers.proved(request.raw.socket);
    request.caller = caller;
    request.actor = caller.principal.actor;
    if (typeof rule !== 'string')
      permit(caller.principal, rule, `${request.method} ${request.routeOptions.url ?? request.url}`);
    // Signing out also ends a followed output.
    if (!caller.whenOver) return;
    request.outlive = caller.whenOver(() => reply.raw.destroy());
    reply.raw.once('close', request.outlive);
  });
}

/** Records who asked for each change, made or refused, and from which address; and each refused sign-in, token and session. */
function tellChanges(api: Api, { addressOf, ledger, refusals, signIns }: AccessDeps): void {
  api.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      return ledger.askedFrom(addressOf(request.raw), () => handler.call(this, request, reply));
    };
  });
  api.addHook('onError', async (request, _reply, error) => {
    const { actor, headers, method, raw, url, routeOptions } = request;
    const { rule, signsIn } = routeOptions.config;
    const refusal = refusalOf(error);
    if (refusal.status >= 500) return;
    const address = addressOf(raw);
    if (signsIn) return signIns.failed(address, `${refusal.code}: ${refusal.message}`);
    const about = { address, asked: `${method} ${url.split('?')[0]}`, refusal, shown: showsCredential(headers) };
    const isChange = !isRead(method);
    if (actor === '' || rule === 'enrolment') {
      // A missing file is not a refusal.
      const isRefused = rule === 'anybody' ? isChange : !TOLD_BY_ENROL.includes(refusal.code);
      if (isRefused) refusals.tell({ actor: null, ...about });
      return;
    }
    if (rule === 'host' || !(isChange || refusal.code === 'forbidden')) return;
    const { host } = (request.params ?? {}) as { host?: string };
    refusals.tell({ actor, host, ...about });
  });
}

/** hosts/enrol.ts reports these itself, with the host that asked. */
const TOLD_BY_ENROL: readonly ErrorCode[] = ['enrolment_refused', 'enrolment_conflict'];

const WANTED = {
  principal: 'A token is needed, as Authorization: Bearer, or a session of the dashboard',
  host: "A host's token is needed, as Authorization: Bearer",
  enrolment: 'An enrolment token is needed, as Authorization: Bearer',
};
