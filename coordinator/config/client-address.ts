import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** The address of a request's sender, as far as it can be believed; empty if the connection is gone. */
export type AddressOf = (request: IncomingMessage) => string;

/**
 * `trusted`: addresses and ranges (`10.0.0.0/8`) of proxies. `X-Forwarded-For` is read from its end, where each proxy adds the
 * peer that it heard, and only as far as trusted proxies wrote it: anyone may have invented the rest.
 */
export function createAddressOf(trusted: readonly string[]): AddressOf {
  const proxies = new BlockList();
  for (const range of trusted) {
    const parsed = parseRange(range);
    if (!parsed) throw new Error(`${range} is not an address or range`);
    proxies.addSubnet(parsed.address, parsed.bits, parsed.family);
  }
  const isTrusted = (address: string) => isIP(address) !== 0 && proxies.check(address, familyOf(address));
  return ({ socket, headers }) => {
    let address = plainAddress(socket.remoteAddress);
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    while (hops.length > 0 && isTrusted(address)) {
      const before = plainAddress(hops.pop()?.trim());
      if (isIP(before) === 0) break;
      address = before;
    }
    return address;
  };
}

/** Whether it is an address or a range of addresses. */
export const isAddressRange = (text: string): boolean => parseRange(text) !== null;

/** Without the prefix with which a dual-stack socket shows an IPv4 address. */
export const plainAddress = (address = ''): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** The unit of which one party may own many addresses: an IPv6 network of 64 bits; an IPv4 address by itself. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail = ''] = (address.split('%', 1)[0] ?? '').split('::');
  const groups = (part: string) => part.split(':').filter(Boolean);
  const [left, right] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return `${[...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

function parseRange(text: string) {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (isIP(address) === 0) return null;
  const most = isIP(address) === 6 ? 128 : 32;
  const bits = length === undefined ? most : Number(length);
  return bits > most ? null : { address, bits, family: familyOf(address) as 'ipv4' | 'ipv6' };
}
