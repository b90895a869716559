import { BlockList, isIP } from 'node:net';

type Entry = { host: string; port: string | null };

/**
 * Whether NO_PROXY names this URL, by the rules of curl, git and Nix, which read the same variable. A name stands for itself and
 * all names below it, with or without a leading `.` or `*.`. Addresses may be IPv6 without brackets, and ranges (10.0.0.0/8). As
 * there, names are not resolved, so a range matches none. An entry with a port is for that port only, `*` for everything.
 */
export function isExempt({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const host = plain(hostname);
  const at = port || (protocol === 'https:' || protocol === 'wss:' ? '443' : '80');
  return noProxy
    .split(/[,\s]+/)
    .filter((text) => text !== '')
    .map(readEntry)
    .some((entry) => (entry.port === null || entry.port === at) && (entry.host === '*' || holds(entry.host, host)));
}

/** `name:80`, `[::1]:80`; an IPv6 address without brackets has no port. */
function readEntry(text: string): Entry {
  const [, before = text, port = null] = (isIP(text) === 6 ? null : /^([^:]+|\[.*\]):(\d+)$/.exec(text)) ?? [];
  return { host: plain(before).replace(/^\*?\./, ''), port };
}

/** In lower case, without brackets and the root's dot. */
const plain = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');

function holds(entry: string, host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host === entry || host.endsWith(`.${entry}`);
  const [network = '', prefix = null] = entry.split('/');
  if (isIP(network) !== family) return false;
  const bits = family === 4 ? 32 : 128;
  if (prefix !== null && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const range = new BlockList();
  range.addSubnet(network, prefix === null ? bits : Number(prefix), type);
  return range.check(host, type);
}
