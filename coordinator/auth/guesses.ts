import type { Clock } from '../../shared/clock.ts';
import { SwitchyardError } from '../../shared/errors.ts';
import { networkOf } from '../config/client-address.ts';
import type { Log } from '../config/log.ts';

/** Requests without a valid token, over HTTP and WebSocket alike: each is logged and counted to its address. */
export type Guesses = {
  /** The refusal: `unauthorized`, or `rate_limited` if there were too many. */
  refusal(
    guess: { address: string; method: string | undefined; route: string | undefined },
    detail: string,
  ): SwitchyardError;
};

/** Per minute and address; far more than a mistyped token or a forgotten agent causes. */
const MAX = 300;
const WINDOW_MS = 60_000;

export function createGuesses({ clock, log }: { clock: Clock; log: Log }): Guesses {
  let counts = new Map<string, number>();
  let endsAt = Number.NEGATIVE_INFINITY;
  return {
    refusal({ address, method, route }, detail) {
      const now = clock.monotonic();
      if (now >= endsAt) {
        counts = new Map();
        endsAt = now + WINDOW_MS;
      }
      const network = networkOf(address);
      const count = (counts.get(network) ?? 0) + 1;
      counts.set(network, count);
      const wait = Math.ceil((endsAt - now) / 1000);
      if (count > MAX)
        return new SwitchyardError('rate_limited', `Too many requests without a valid token; wait ${wait} s`);
      log.warn({ ip: address, method, route }, 'a request without a valid token was refused');
      return new SwitchyardError('unauthorized', detail);
    },
  };
}
