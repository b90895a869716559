import { SwitchyardError } from '../../shared/api/errors.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { networkOf } from '../config/client-address.ts';
import type { Log } from '../config/log.ts';
import { createRate } from './rate.ts';

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

export function createGuesses({ clock, log }: { clock: Clock; log: Log }): Guesses {
  const rate = createRate(clock, MAX);
  return {
    refusal({ address, method, route }, detail) {
      const wait = rate.over(networkOf(address));
      if (wait !== null)
        return new SwitchyardError('rate_limited', `Too many requests without a valid token; wait ${wait} s`);
      log.warn({ ip: address, method, route }, 'a request without a valid token was refused');
      return new SwitchyardError('unauthorized', detail);
    },
  };
}
