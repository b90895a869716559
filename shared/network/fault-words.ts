import type { Road } from './road.ts';

/** Names a fault on the way to a coordinator and where to look. */

type To = { url: URL; road: Pick<Road, 'proxy' | 'refusal' | 'isThroughProxy'> };

type Fault = Error & { code?: unknown };

/** Codes of a certificate whose authority is unknown. */
export const UNTRUSTED: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
]);

/** For a connection that failed or broke off. */
export function errorWords(error: unknown, { url, road }: To): string {
  const root = rootOf(error);
  if (!(root instanceof Error)) return String(root);
  const fault: Fault = root;
  const code = typeof fault.code === 'string' ? fault.code : null;
  // Until the proxy has answered, only the proxy itself is resolved, connected to and greeted by TLS.
  const isProxys = road.proxy !== null && !road.isThroughProxy();
  const there = isProxys && road.proxy ? road.proxy : url;
  const words = code === null ? null : wordsOf(code, there, fault);
  if (words === null) return `${isProxys ? 'the proxy: ' : ''}${fault.message || String(code)}`;
  return `${isProxys ? 'the proxy: ' : ''}${words} (${code})`;
}

type Unwanted = To & {
  /** An upgrade to WebSocket, or an answer of the API. */
  wants: 'upgrade' | 'answer';
  location?: string | null | undefined;
  contentType?: string | null | undefined;
};

/** For an unwanted answer. */
export function statusWords(status: number, { url, road, wants, location, contentType }: Unwanted): string {
  const refusal = road.refusal();
  const by = `HTTP ${refusal ?? status}`;
  if (refusal === 407) return `the proxy ${road.proxy?.host} wants a user and password: its URL may hold them (${by})`;
  if (refusal !== null) return `the proxy ${road.proxy?.host} does not let connections to ${url.host} through (${by})`;
  if (status >= 300 && status < 400)
    return `it redirects to ${shownLocation(location, url) ?? 'another address'}: use that one (${by})`;
  if (status === 426 || (wants === 'upgrade' && status === 400))
    return `a proxy in front of the coordinator does not pass WebSocket upgrades on (${by})`;
  if (status === 404) return `no coordinator is at ${url.pathname}: is the path of the URL right? (${by})`;
  // A proxy's own answer is of another type.
  if (status === 503 && contentType?.startsWith('application/problem+json'))
    return `the coordinator there stands by, or its store is away (${by})`;
  if (status === 502 || status === 503 || status === 504)
    return `a proxy in front of the coordinator does not reach it, or it is not ready (${by})`;
  return wants === 'upgrade' && status === 200 ? `a page is at ${url.pathname}, not a coordinator (${by})` : by;
}

/** Without possible secrets: the redirect may carry a key of the caller's own. */
function shownLocation(location: string | null | undefined, from: URL): string | null {
  const to = location == null ? null : URL.parse(location, from.href);
  return to && `${to.protocol}//${to.host}${to.pathname}${to.search === '' ? '' : '?…'}`;
}

/** `fetch` and tries of several addresses wrap the actual error. */
function rootOf(error: unknown): unknown {
  let fault = error;
  while (fault instanceof Error && !('code' in fault) && fault.cause instanceof Error) fault = fault.cause;
  return fault;
}

function wordsOf(code: string, { host, hostname, protocol }: URL, { message }: Error): string | null {
  if (UNTRUSTED.has(code))
    return `the certificate of ${host} is from an authority that this machine does not trust: add it to the machine's, or name its file in NODE_EXTRA_CA_CERTS`;
  if (code.startsWith('HPE_')) return `${host} does not speak HTTP${tlsHint(protocol)}`;
  if (/^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST))$/.test(code))
    return `${host} does not speak TLS${plainHint(protocol)}`;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `the certificate of ${host} has expired, or the clock of this machine is ahead`;
    case 'CERT_NOT_YET_VALID':
      return `the certificate of ${host} is not valid yet, or the clock of this machine is behind`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${host} is for another name: ${message.replace(/^.*altnames: /, '')}`;
    case 'ENOTFOUND':
      return `there is no host named ${hostname}`;
    case 'EAI_AGAIN':
      return `the name ${hostname} cannot be looked up now`;
    case 'ECONNREFUSED':
      return `nothing listens at ${host}`;
    case 'ETIMEDOUT':
      return `${host} does not answer`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `there is no route to ${host}`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `the connection to ${host} was cut${tlsHint(protocol)}`;
    default:
      return null;
  }
}

const plainHint = (protocol: string): string =>
  protocol === 'https:' || protocol === 'wss:' ? `: is it ${protocol.replace('s:', ':')}//?` : '';

const tlsHint = (protocol: string): string =>
  protocol === 'http:' || protocol === 'ws:' ? `: is it ${protocol.replace(':', 's:')}//?` : '';
