import type { Url } from 'node:url';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { isLoopback } from '../in-the-clear.ts';
import { noProxy } from './config.ts';
import { isExempt } from './no-proxy.ts';

/** The way to an address: straight there, or through a proxy that is asked for a tunnel (CONNECT), for HTTP and WebSocket alike. */
export type Road = {
  proxy: URL | null;
  /** Of `http.request` and `WebSocket`; undefined where no proxy is on the way. */
  agent: HttpsProxyAgent<string> | undefined;
  /** The HTTP status with which the proxy refused the tunnel; null where it did not. */
  refusal(): number | null;
  /** The proxy has answered: what fails from then on is behind it. */
  isThroughProxy(): boolean;
};

/**
 * What HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say of a URL, in capitals or small letters; ws counts as http, wss as https. This machine
 * itself is never behind a proxy. One without a scheme is taken as curl, git and nix take it, without TLS.
 */
function proxyOf(url: URL): string {
  if (isLoopback(url.hostname) || isExempt(url, noProxy())) return '';
  const [protocol, port] = isSecure(url) ? ['hTTPs:', '443'] : ['hTTP:', '80'];
  // The library adds the scheme of what is asked for: so spelled, it is told from one that was written.
  return getProxyForUrl({ protocol, host: url.host, port: url.port || port } as Url).replace(/^hTTPs?:/, 'http:');
}

const isSecure = ({ protocol }: URL): boolean => protocol === 'https:' || protocol === 'wss:';

/** Why the proxy that the environment names for `url` cannot be used; null where it can, or there is none. Its value is nobody's to see. */
export function proxyFault(url: URL): string | null {
  const proxy = proxyOf(url);
  const isUsable = proxy === '' || (URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol));
  const variable = isSecure(url) ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  return isUsable ? null : `${variable} (or ALL_PROXY) takes the URL of a proxy, such as http://proxy.example.com:3128`;
}

/** Made anew for each connection. Throws where `proxyFault` says something. */
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
