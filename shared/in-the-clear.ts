/** Whether what goes to this URL can be read on the way: it is not encrypted, and leaves the machine. */
export const isInTheClear = ({ protocol, hostname }: URL): boolean =>
  (protocol === 'http:' || protocol === 'ws:') && !isLoopback(hostname);

/** By name or address; as a URL writes it, IPv6 in brackets. */
export const isLoopback = (hostname: string): boolean =>
  /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])\.?$/.test(hostname);

/** What to say where Node was told to believe every certificate; null where it was not. */
export const unverifiedWarning = (env: Readonly<Record<string, string | undefined>>): string | null =>
  env.NODE_TLS_REJECT_UNAUTHORIZED === '0'
    ? 'NODE_TLS_REJECT_UNAUTHORIZED=0: no certificate is checked, so anybody on the way can be the other side, and read and change all that is said; ' +
      'take it out, and add the authority to those of the machine, or name its file in NODE_EXTRA_CA_CERTS'
    : null;

/** What to say of such a URL, and what to do about it. `whose`: to whom the token belongs. */
export const inTheClearWarning = (label: string, url: URL, whose: string): string =>
  `${label}: ${url.protocol}//${url.host} is not encrypted, so anybody on the way can read the token and act as ${whose}; ` +
  `use ${url.protocol === 'ws:' ? 'wss' : 'https'}:// with TLS before the coordinator, or a tunnel that ends on this machine`;
