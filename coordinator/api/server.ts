import type { IncomingMessage } from 'node:http';
import { fastify } from 'fastify';
import type { Clock } from '../../shared/time/clock.ts';
import type { Auth } from '../auth/auth.ts';
import type { Guesses } from '../auth/guesses.ts';
import type { Names } from '../auth/names.ts';
import type { Refusals } from '../auth/refusals.ts';
import type { SignIns } from '../auth/sign-ins.ts';
import type { Strangers } from '../auth/strangers.ts';
import type { AddressOf } from '../config/client-address.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import { createRefusal, guardRoutes } from './http/access.ts';
import { compressAnswers } from './http/compress.ts';
import { answerBeforeEnd } from './http/last-answers.ts';
import { createNotFound } from './http/not-found.ts';
import { forgiveStalls, lookEveryMs, type Patience } from './http/patience.ts';
import { refusalOf, sendProblem } from './http/problem.ts';
import type { Api } from './http/route.ts';
import { compileSchema } from './http/validation.ts';
import { collectDocument } from './openapi.ts';
import { addRoutes, type RoutesDeps } from './routes.ts';

export type ServerDeps = Omit<RoutesDeps, 'refuse'> & {
  clock: Clock;
  ledger: Pick<Ledger, 'askedFrom'>;
  log: Log;
  auth: Auth;
  signIns: SignIns;
  names: Pick<Names, 'beside'>;
  addressOf: AddressOf;
  guesses: Guesses;
  strangers: Strangers;
  refusals: Refusals;
  patience: Patience;
};

/** 20,000 hosts by id fit into a dispatch. */
const BODY_BYTES = 1024 * 1024;

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The HTTP server with all of its routes, ready to listen. */
export async function createServer({ clock, log, patience, ...deps }: ServerDeps): Promise<Api> {
  // Without a request log: events record what was asked for, and a line per request would drown the important ones.
  const server: Api = fastify({
    bodyLimit: BODY_BYTES,
    forceCloseConnections: true,
    // `answerBeforeEnd` refuses them in the API's form.
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, refusalOf(error)),
    keepAliveTimeout: patience.idleMs,
    http: { shouldUpgradeCallback: isWebSocket, connectionsCheckingInterval: lookEveryMs(patience) },
  });
  forgiveStalls(server.server, patience, clock);
  server.setValidatorCompiler(compileSchema);
  server.setSerializerCompiler(() => JSON.stringify);
  takeJsonOnly(server);

  const notFound = createNotFound(server);
  server.setNotFoundHandler(notFound);
  server.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal.status >= 500)
      log.error(
        { err: refusal.cause ?? error, method: request.method, route: request.routeOptions.url },
        refusal.message,
      );
    sendProblem(reply, refusal);
  });
  server.addHook('onRequest', async (_request, reply) => void reply.headers(HEADERS));
  answerBeforeEnd(server, clock);
  server.addHook('preSerialization', async (_request, _reply, payload) => deps.names.beside(payload));
  compressAnswers(server);

  await collectDocument(server);
  const refuse = createRefusal(deps.guesses, deps.addressOf);
  guardRoutes(server, { ...deps, refuse });
  addRoutes(server, { ...deps, refuse });
  await server.ready();
  return server;
}

/** Upgrades only WebSockets: a client's offer of HTTP/2 is ignored. */
const isWebSocket = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === 'websocket';

/** An empty body counts as none, even if the client calls it JSON: not every route wants one. */
function takeJsonOnly(server: Api): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, String(body), done);
  });
}
