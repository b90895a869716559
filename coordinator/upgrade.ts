import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERRORS, type ErrorCode, SwitchyardError } from '../shared/api/errors.ts';
import type { Gateway } from './agents/gateway.ts';
import { type Auth, bearerToken, showsCredential } from './auth/auth.ts';
import type { Guesses } from './auth/guesses.ts';
import { isOwnOrigin } from './auth/origin.ts';
import { allows, SOCKETS } from './auth/permissions.ts';
import type { Refusals } from './auth/refusals.ts';
import type { UpgradeRefuser } from './auth/refused-upgrade.ts';
import type { Strangers } from './auth/strangers.ts';
import type { AddressOf } from './config/client-address.ts';
import type { Roster } from './hosts/roster.ts';
import type { LiveFeed } from './live-feed/live-feed.ts';
import { type Read, whenRead } from './store/read.ts';

/** The decision on an upgrade. With a valid token `open` takes it over; otherwise `refused` is the error code and `actor` the known caller. */
export type Admission = { open: () => void } | { refused: ErrorCode; actor?: string };

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => Read<Admission>;

/** Hands each WebSocket upgrade to the handler of its path; any other is answered 404. */
export type UpgradeRouter = {
  route(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** From here on nobody gets in any more. */
  close(): void;
};

export type UpgradeRouterDeps = {
  routes: Readonly<Record<string, Upgrade>>;
  addressOf: AddressOf;
  strangers: Pick<Strangers, 'asked' | 'upgraded'>;
  guesses: Guesses;
  refusals: Pick<Refusals, 'tell'>;
  refuser: UpgradeRefuser;
};

export function createUpgradeRouter({
  routes,
  addressOf,
  strangers,
  guesses,
  refusals,
  refuser,
}: UpgradeRouterDeps): UpgradeRouter {
  const byPath = new Map(Object.entries(routes));
  let closed = false;
  return {
    route(request, socket, head) {
      if (closed) {
        socket.destroy();
        return;
      }
      const [route = ''] = (request.url ?? '').split('?');
      const address = addressOf(request);
      strangers.asked(socket, address);
      // Nobody else listens before a handler takes it over: a reset meanwhile must not end the process.
      socket.on('error', destroy);
      const admit = (admission: Admission): void => {
        if ('open' in admission) {
          strangers.upgraded(socket);
          admission.open();
          return;
        }
        const { refused, actor = null } = admission;
        const { title } = ERRORS[refused];
        const refusal =
          refused === 'unauthorized'
            ? guesses.refusal({ address, method: request.method, route }, title)
            : new SwitchyardError(refused, title);
        refuser.refuse(socket, refusal);
        const shown = showsToken(request.headers);
        if (refusal.status < 500)
          refusals.tell({ actor, address, asked: `${request.method} ${route}`, refusal, shown });
      };
      const admitted = whenRead(byPath.get(route)?.(request, socket, head) ?? { refused: 'not_found' }, admit);
      if (admitted instanceof Promise) admitted.catch(() => admit({ refused: 'storage_unavailable' }));
    },
    close() {
      closed = true;
      refuser.close();
    },
  };
}

/** Not a closure, which would keep the request as long as its connection. */
function destroy(this: Duplex): void {
  this.destroy();
}

/** `GET /ws/agent`: the token says which host it is. */
export function createAgentUpgrade({
  auth,
  gateway,
  roster,
}: {
  auth: Pick<Auth, 'hostId'>;
  gateway: Pick<Gateway, 'accept'>;
  roster: Pick<Roster, 'byId'>;
}): Upgrade {
  return (request, socket, head) => {
    const token = bearerToken(request.headers.authorization);
    const known = token === null ? null : auth.hostId(token);
    return whenRead(
      known,
      (hostId): Admission =>
        hostId === null
          ? { refused: 'unauthorized' }
          : {
              open() {
                // The roster's text of the id is held already.
                gateway.accept(request, socket, head, roster.byId(hostId)?.id ?? hostId);
                dropAddress(socket);
                // The gateway listens now.
                socket.removeListener('error', destroy);
              },
            },
    );
  };
}

/** Node holds an address that was asked for. Nobody asks for an agent's again; it would be read again. */
function dropAddress(socket: Duplex & { _peername?: unknown }): void {
  if (socket._peername) socket._peername = undefined;
}

export type DashboardUpgradeDeps = {
  auth: Pick<Auth, 'byBearer' | 'bySession'>;
  liveFeed: Pick<LiveFeed, 'accept'>;
  /** Origins beside the coordinator's own. */
  origins: readonly string[];
};

/** `GET /ws/dashboard`: one of our pages, or a program, by token or session; a browser may send the token as a subprotocol. */
export function createDashboardUpgrade({ auth, liveFeed, origins }: DashboardUpgradeDeps): Upgrade {
  return (request, socket, head) => {
    const { headers } = request;
    const token = bearerToken(headers.authorization) ?? protocolToken(headers['sec-websocket-protocol']);
    const caller = token === null ? auth.bySession(headers.cookie) : auth.byBearer(token);
    const known = caller && { actor: caller.principal.actor };
    if (headers.origin !== undefined && !isOwnOrigin(headers, origins))
      return { refused: 'forbidden_origin', ...known };
    if (!caller) return { refused: 'unauthorized' };
    if (!allows(caller.principal, SOCKETS['/ws/dashboard'])) return { refused: 'forbidden', ...known };
    return { open: () => liveFeed.accept(request, socket, head, caller) };
  };
}

const showsToken = (headers: IncomingHttpHeaders): boolean =>
  showsCredential(headers) || protocolToken(headers['sec-websocket-protocol']) !== null;

/** The token in an offered subprotocol `bearer.TOKEN`. */
const protocolToken = (offered: string | undefined): string | null =>
  /(?:^|,) *bearer\.([^, ]+)/.exec(offered ?? '')?.[1] ?? null;
