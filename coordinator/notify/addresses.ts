import { type LookupAddress, lookup as lookUp } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { isLoopback } from '../../shared/in-the-clear.ts';
import type { ReceiverConfig } from '../config/notify.ts';

/**
 * Whether a name may lead to an address. A receiver's name is its owner's to point anywhere: without this, a message could be sent to
 * what only the coordinator reaches, such as its own network or the metadata of a cloud.
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
  // Addresses that hold one of IPv4, which may be any.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
];

const blocked = new BlockList();
for (const [address, bits] of PRIVATE) blocked.addSubnet(address, bits, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Also of an IPv4 address in an IPv6 one (`::ffff:10.0.0.1`), which the list reads as the former. */
export const isPrivateAddress = (address: string): boolean =>
  blocked.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Whether the configured host may be, or lead to, a private address: it is an address itself, or this machine, or CONFIG says so. */
export const mayBePrivate = ({ private: isAllowed }: Pick<ReceiverConfig, 'private'>, { hostname }: URL): boolean =>
  isAllowed || isLoopback(hostname) || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0;

const refusal = (hostname: string): Error =>
  new Error(`${hostname} leads to a private address; where that is meant, set private = true`);

/** As `dns.lookup`, without private addresses; an error where only those are left. */
export const publicLookup: LookupFunction = (hostname, options, answer) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    const open = error ? [] : addresses.filter(({ address }) => !isPrivateAddress(address));
    const [first] = open;
    if (error || !first) answer(error ?? refusal(hostname), '', 4);
    else if (options.all) answer(null, open);
    else answer(null, first.address, first.family);
  });
};

/** The addresses of a name; rejects where none may be used. */
export const resolvePublic = (hostname: string): Promise<LookupAddress[]> =>
  new Promise((resolve, reject) => {
    publicLookup(hostname, { all: true }, (error, addresses) =>
      error ? reject(error) : resolve(addresses as LookupAddress[]),
    );
  });
