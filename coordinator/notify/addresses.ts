import { lookup as lookUp } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { isLoopback } from '../../shared/network/in-the-clear.ts';
import type { ReceiverConfig } from '../config/notify.ts';

/**
 * Decides whether a name may lead to an address. The owner of a receiver's name can point it anywhere: unchecked, a message could go to an
 * address that the coordinator alone reaches, such as its own network or a cloud's metadata.
 */

const PRIVATE: readonly [address: string, bits: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 127],
  // Addresses that embed an IPv4 address, which may be any.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
];

const blocked = new BlockList();
for (const [address, bits] of PRIVATE) blocked.addSubnet(address, bits, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Also true for a private IPv4 address in an IPv6 one (`::ffff:10.0.0.1`): the list reads it as IPv4. */
export const isPrivateAddress = (address: string): boolean =>
  blocked.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Whether the configured host may be private: it is an address, it is this machine, or CONFIG allows it. */
export const mayBePrivate = ({ private: isAllowed }: Pick<ReceiverConfig, 'private'>, { hostname }: URL): boolean =>
  isAllowed || isLoopback(hostname) || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0;

const refusal = (hostname: string): Error =>
  new Error(`${hostname} leads to a private address; where that is meant, set private = true`);

/** As `dns.lookup`, without private addresses. Fails if there are no others. */
export const publicLookup: LookupFunction = (hostname, options, answer) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    const open = error ? [] : addresses.filter(({ address }) => !isPrivateAddress(address));
    const [first] = open;
    if (error || !first) answer(error ?? refusal(hostname), '', 4);
    else if (options.all) answer(null, open);
    else answer(null, first.address, first.family);
  });
};
