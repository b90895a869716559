/** Whether what goes to this URL can be read on the way: it is not encrypted, and leaves the machine. */
export const isInTheClear = ({ protocol, hostname }: URL): boolean =>
  (protocol === 'http:' || protocol === 'ws:') && !isLoopback(hostname);

/** By name or address; as a URL writes it, IPv6 in brackets. */
export const isLoopback = (hostname: string): boolean =>
  /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])\.?$/.test(hostname);

/** What to say of such a URL, and what to do about it. `whose`: to whom the token belongs. */
export const inTheClearWarning = (label: string, url: URL, whose: string): string =>
  `${label}: ${url.protocol}//${url.host} is not encrypted, so anybody on the way can read the token and act as ${whose}; ` +
  `use ${url.protocol === 'ws:' ? 'wss' : 'https'}:// with TLS before the coordinator, or a tunnel that ends on this machine`;
