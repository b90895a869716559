import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SwitchyardError } from '../../shared/api/errors.ts';
import { problemOf } from '../../shared/api/problem.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { version } from '../../shared/version.ts';
import { createUpgradeRefuser } from '../auth/refused-upgrade.ts';
import type { ListenAddress } from '../config/options.ts';
import { withQueue } from './queue.ts';
import { PAGE_POLICY, standbyPage } from './standby-page.ts';
import type { Waiting } from './waiting.ts';

/** The HTTP server of a coordinator that stands by. It is healthy and refuses everything else with 503. */
export type Standby = {
  server: Server;
  /** The address, as `http://HOST:PORT`. */
  address(): string;
  close(): Promise<void>;
};

const HEADERS = {
  'cache-control': 'no-store',
  // A connection that is kept would be cut at a takeover, perhaps under the client's next request.
  connection: 'close',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};
/** A takeover takes seconds. */
const RETRY_AFTER_S = '1';
const HEAD_MS = 10_000;

export async function openStandby(
  { clock, waiting }: { clock: Clock; waiting: () => Waiting },
  at: ListenAddress,
): Promise<Standby> {
  const refuser = createUpgradeRefuser(clock);
  const server = createServer({ headersTimeout: HEAD_MS, requestTimeout: HEAD_MS }, (request, response) => {
    request.resume();
    if (isHealth(request)) answer(response, 200, 'application/json', JSON.stringify({ status: 'ok', version }));
    else refuse(request, response, waiting());
  });
  server.on('upgrade', (_request, socket) => refuser.refuse(socket, refusalOf(waiting())));
  server.listen(withQueue(at));
  await once(server, 'listening');
  return {
    server,
    address: () => addressOf(server),
    async close() {
      refuser.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function addressOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

const isHealth = ({ method, url }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') && url?.split('?')[0] === '/healthz';

function refusalOf(waiting: Waiting): SwitchyardError {
  if (waiting.kind === 'away')
    return new SwitchyardError('storage_unavailable', 'The database is away; the log says why. Nothing was changed.');
  const { leader } = waiting;
  const where = leader === null ? 'none leads yet' : `ask ${leader}`;
  return new SwitchyardError('standby', `This coordinator stands by: ${where}`, { leader });
}

/** A person's browser gets a page to read. */
function refuse({ headers, url = '' }: IncomingMessage, response: ServerResponse, waiting: Waiting): void {
  const refusal = refusalOf(waiting);
  response.setHeader('retry-after', RETRY_AFTER_S);
  const isPage = headers.accept?.includes('text/html') && !url.startsWith('/api/');
  if (!isPage) {
    answer(response, refusal.status, 'application/problem+json', JSON.stringify(problemOf(refusal)));
    return;
  }
  response.setHeader('content-security-policy', PAGE_POLICY);
  answer(response, refusal.status, 'text/html; charset=utf-8', standbyPage(waiting, url));
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  for (const [name, value] of Object.entries(HEADERS)) if (!response.hasHeader(name)) response.setHeader(name, value);
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
