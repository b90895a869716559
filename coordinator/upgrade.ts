import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERRORS, type ErrorCode } from '../shared/errors.ts';
import { type Auth, bearerToken } from './auth.ts';
import type { Gateway } from './gateway.ts';
import { isOwnOrigin } from './origin.ts';
import type { Sync } from './sync.ts';

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Hands each WebSocket upgrade to the one who answers for its path; any other is answered 404. */
export type UpgradeRouter = {
  route: Upgrade;
  /** From here on nobody gets in any more. */
  close(): void;
};

export function createUpgradeRouter(routes: Readonly<Record<string, Upgrade>>): UpgradeRouter {
  const byPath = new Map(Object.entries(routes));
  let closed = false;
  return {
    route(request, socket, head) {
      const [path = ''] = (request.url ?? '').split('?');
      const upgrade = byPath.get(path);
      if (closed) socket.destroy();
      else if (upgrade) upgrade(request, socket, head);
      else refuseUpgrade(socket, 'not_found');
    },
    close() {
      closed = true;
    },
  };
}

/** `GET /ws/agent`: the token says which host it is. */
export function createAgentUpgrade(deps: { auth: Pick<Auth, 'hostId'>; gateway: Pick<Gateway, 'accept'> }): Upgrade {
  return (request, socket, head) => {
    const token = bearerToken(request.headers.authorization);
    const hostId = token && deps.auth.hostId(token);
    if (hostId) deps.gateway.accept(request, socket, head, hostId);
    else refuseUpgrade(socket, 'unauthorized');
  };
}

export type DashboardUpgradeDeps = {
  auth: Pick<Auth, 'admin' | 'session'>;
  sync: Pick<Sync, 'accept'>;
  /** Origins beside the coordinator's own. */
  origins: readonly string[];
};

/** `GET /ws/dashboard`: a page of ours, or a program, by token or session; a browser may give the token as a protocol. */
export function createDashboardUpgrade({ auth, sync, origins }: DashboardUpgradeDeps): Upgrade {
  return (request, socket, head) => {
    const { headers } = request;
    const token = bearerToken(headers.authorization) ?? protocolToken(headers['sec-websocket-protocol']);
    const actor = token === null ? auth.session(headers.cookie) : auth.admin(token);
    if (headers.origin !== undefined && !isOwnOrigin(headers, origins)) refuseUpgrade(socket, 'forbidden_origin');
    else if (actor === null) refuseUpgrade(socket, 'unauthorized');
    else sync.accept(request, socket, head);
  };
}

/** The token of an offered protocol `bearer.TOKEN`. */
const protocolToken = (offered: string | undefined): string | null =>
  /(?:^|,) *bearer\.([^, ]+)/.exec(offered ?? '')?.[1] ?? null;

/** Answers an upgrade that is refused in plain HTTP, as the API would. */
export function refuseUpgrade(socket: Duplex, code: ErrorCode): void {
  const { status, title } = ERRORS[code];
  const body = JSON.stringify({ type: `urn:switchyard:problem:${code}`, title, status, code, detail: title });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(code === 'unauthorized' ? ['www-authenticate: Bearer'] : []),
    'connection: close',
  ];
  // Whoever goes before the answer has reached it does not want it.
  socket.on('error', () => {});
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
