import type { Duplex } from 'node:stream';
import type { Clock } from '../../shared/time/clock.ts';
import { networkOf } from '../config/client-address.ts';
import type { Log } from '../config/log.ts';

/**
 * Connections without a valid token so far.
 *
 * N1 They are bounded per address and in all; beyond that the oldest ends. A client with a token shows it at once and is not
 *    counted, so strangers push out only each other, however many agents share their address.
 * N2 Each request makes its connection a stranger's again until its own token was found valid: a proxy uses one for many people.
 */
export type Strangers = {
  /** A connection was made from this address. */
  met(socket: Duplex, address: string): void;
  /** A request came on it, from this address; ignored on a connection that was never met. */
  asked(socket: Duplex, address: string): void;
  /** The request showed a valid token. */
  proved(socket: Duplex): void;
  /** The last request had a valid token too. From now on the connection belongs to a WebSocket. */
  upgraded(socket: Duplex): void;
};

export type StrangersDeps = { clock: Clock; log: Log; perAddress?: number; overall?: number };

const PER_ADDRESS = 2_000;
const OVERALL = 10_000;
const TELL_EVERY_MS = 60_000;

export function createStrangers({ clock, log, perAddress = PER_ADDRESS, overall = OVERALL }: StrangersDeps): Strangers {
  /** Each open connection with its network; null once it is no stranger's. */
  const open = new Map<Duplex, string | null>();
  /** Each oldest first. */
  const strangers = new Set<Duplex>();
  const byNetwork = new Map<string, Set<Duplex>>();
  let ended = 0;
  let toldAt = Number.NEGATIVE_INFINITY;

  function forget(socket: Duplex): void {
    const network = open.get(socket);
    if (typeof network !== 'string') return;
    strangers.delete(socket);
    const same = byNetwork.get(network);
    same?.delete(socket);
    if (same?.size === 0) byNetwork.delete(network);
  }

  function end(oldest: Duplex | undefined, address: string): void {
    if (!oldest) return;
    forget(oldest);
    open.set(oldest, null);
    oldest.destroy();
    ended += 1;
    if (clock.monotonic() - toldAt < TELL_EVERY_MS) return;
    toldAt = clock.monotonic();
    log.warn({ address, ended }, 'too many connections without a token: the oldest are ended');
    ended = 0;
  }

  function add(socket: Duplex, address: string): void {
    const network = networkOf(address);
    const same = byNetwork.get(network) ?? new Set();
    byNetwork.set(network, same.add(socket));
    strangers.add(socket);
    open.set(socket, network);
    if (same.size > perAddress) end(same.values().next().value, address);
    if (strangers.size > overall) end(strangers.values().next().value, address);
  }

  /** Connections share one function, because many of them stay for long. */
  function onClose(this: Duplex): void {
    forget(this);
    open.delete(this);
  }

  return {
    met(socket, address) {
      socket.on('close', onClose);
      add(socket, address);
    },
    asked(socket, address) {
      // The same stranger keeps its age: otherwise asking again and again would keep it young.
      if (!open.has(socket) || open.get(socket) === networkOf(address)) return;
      forget(socket);
      add(socket, address);
    },
    proved(socket) {
      if (!open.has(socket)) return;
      forget(socket);
      open.set(socket, null);
    },
    upgraded(socket) {
      onClose.call(socket);
      socket.removeListener('close', onClose);
    },
  };
}
