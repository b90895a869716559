import type { Url } from 'node:url';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { noProxy } from './config.ts';
import { isLoopback } from './in-the-clear.ts';
import { isExempt } from './no-proxy.ts';

/** The way to an address: direct, or through a proxy that is asked for a tunnel (CONNECT), for HTTP and WebSocket alike. */
export type Road = {
  proxy: URL | null;
  /** For `http.request` and `WebSocket`; undefined without a proxy. */
  agent: HttpsProxyAgent<string> | undefined;
  /** The HTTP status with which the proxy refused the tunnel; null otherwise. */
  refusal(): number | null;
  /** The proxy has answered: later failures are behind it. */
  isThroughProxy(): boolean;
};

/**
 * The road to a URL by HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in upper or lower case; ws counts as http, wss as https.
 * This machine itself is never behind a proxy. A proxy without a scheme is used without TLS, as curl, git and nix do.
 */
function proxyOf(url: URL): string {
  if (isLoopback(url.hostname) || isExempt(url, noProxy())) return '';
  const [protocol, port] = isSecure(url) ? ['hTTPs:', '443'] : ['hTTP:', '80'];
  // The library prepends the requested URL's scheme; this spelling tells such a value from one that had a scheme.
  return getProxyForUrl({ protocol, host: url.host, port: url.port || port } as Url).replace(/^hTTPs?:/, 'http:');
}

const isSecure = ({ protocol }: URL): boolean => protocol === 'https:' || protocol === 'wss:';

/** Why the proxy that the environment names for `url` cannot be used; null if it can, or there is none. Its value is secret. */
export function proxyFault(url: URL): string | null {
  const proxy = proxyOf(url);
  const isUsable = proxy === '' || (URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol));
  const variable = isSecure(url) ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  return isUsable ? null : `${variable} (or ALL_PROXY) takes the URL of a proxy, such as http://proxy.example.com:3128`;
}

/** Made anew for each connection. Throws where `proxyFault` reports a fault. */
export function roadTo(url: URL): Road {
  const proxy = proxyOf(url);
  if (proxy === '') return { proxy: null, agent: undefined, refusal: () => null, isThroughProxy: () => false };
  let answer: number | null = null;
  const agent = new HttpsProxyAgent(proxy);
  agent.on('proxyConnect', ({ statusCode }: { statusCode: number }) => {
    answer = statusCode;
  });
  return {
    proxy: new URL(proxy),
    agent,
    refusal: () => (answer === 200 ? null : answer),
    isThroughProxy: () => answer !== null,
  };
}
