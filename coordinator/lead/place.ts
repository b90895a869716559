import type { Clock } from '../../shared/time/clock.ts';
import type { ListenAddress } from '../config/options.ts';
import { openStandby, type Standby } from './standby.ts';
import type { Waiting } from './waiting.ts';

/** Where one of several coordinators listens, in the lead and on stand-by. */
export type Place = {
  /** The address at which it first listened; null before. */
  address(): string | null;
  /** Resolves to that address; rejects if it never listens. */
  readonly listening: Promise<string>;
  /** Where to listen. Keeps the port that was picked first. */
  listen(): ListenAddress;
  /** The lead listens at this address. */
  taken(at: string): void;
  /** It could not listen at all. */
  failed(cause: unknown): void;
  /** Answers as a stand-by. Resolves once it listens. */
  standBy(): Promise<void>;
  standsBy(): boolean;
  stopStandingBy(): Promise<void>;
};

export type PlaceDeps = { clock: Clock; listen: ListenAddress; waiting: () => Waiting };

export function createPlace({ clock, listen, waiting }: PlaceDeps): Place {
  const listening = Promise.withResolvers<string>();
  // The owner waits for this promise, or for the end.
  listening.promise.catch(() => {});
  let place = listen;
  let address: string | null = null;
  let standby: Standby | null = null;

  function taken(at: string): void {
    address ??= at;
    place = { ...listen, port: Number(new URL(at).port) };
    listening.resolve(address);
  }

  return {
    address: () => address,
    listening: listening.promise,
    listen: () => place,
    taken,
    failed: listening.reject,
    async standBy() {
      if (standby) return;
      standby = await openStandby({ clock, waiting }, place);
      taken(standby.address());
    },
    standsBy: () => standby !== null,
    async stopStandingBy() {
      await standby?.close();
      standby = null;
    },
  };
}
