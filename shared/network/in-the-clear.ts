/** Whether traffic to this URL can be read on the way: it is unencrypted and leaves the machine. */
export const isInTheClear = ({ protocol, hostname }: URL): boolean =>
  (protocol === 'http:' || protocol === 'ws:') && !isLoopback(hostname);

/** By name or address; IPv6 in brackets, as in a URL. */
export const isLoopback = (hostname: string): boolean =>
  /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])\.?$/.test(hostname);

/** The warning if Node is configured to accept every certificate; null otherwise. */
export const unverifiedWarning = (env: Readonly<Record<string, string | undefined>>): string | null =>
  env.NODE_TLS_REJECT_UNAUTHORIZED === '0'
    ? 'NODE_TLS_REJECT_UNAUTHORIZED=0: no certificate is checked, so anyone on the way can pose as the other side, and read and change everything; ' +
      'remove it, and add the authority to those of the machine, or name its file in NODE_EXTRA_CA_CERTS'
    : null;

/** The warning about such a URL, and the remedy. `whose`: the token's owner. */
export const inTheClearWarning = (label: string, url: URL, whose: string): string =>
  `${label}: ${url.protocol}//${url.host} is not encrypted, so anyone on the way can read the token and act as ${whose}; ` +
  `use ${url.protocol === 'ws:' ? 'wss' : 'https'}:// with a TLS proxy in front of the coordinator, or a tunnel that ends on this machine`;
