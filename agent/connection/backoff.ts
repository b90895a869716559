import { backoffMs } from '../../shared/backoff.ts';
import { CLOSE, CONFLICT_WAIT_MS } from '../../shared/protocol.ts';

/** Grows with every try that brought no welcome. */
const CEILING = { firstMs: 500, longestMs: 30_000 };

const REFUSED = 'the coordinator refuses the token: see SWITCHYARD_TOKEN_FILE';

/** What a person should look at, by close code or HTTP status. */
const HINTS: ReadonlyMap<number, string> = new Map([
  [401, REFUSED],
  [403, REFUSED],
  [
    CLOSE.tokenRevoked,
    'the token was revoked: put the new one where SWITCHYARD_TOKEN_FILE points and restart the agent',
  ],
  [CLOSE.replaced, 'another connection with this token took over: does the agent run twice?'],
  [
    CLOSE.duplicateAgent,
    'an agent with this token and another state folder is connected: each host needs its own token',
  ],
]);

/**
 * Ends that the coordinator itself has told, after which an early retry does harm or no good. A refused upgrade is none: it may be the word of
 * a proxy that is not quite up, and where it is not, the waits grow by themselves.
 */
const STAY_AWAY: readonly number[] = [CLOSE.tokenRevoked, CLOSE.replaced, CLOSE.duplicateAgent];

export type Wait = {
  delayMs: number;
  /** What to do about it, where only a person can. */
  hint: string | null;
};

export type Backoff = {
  /** How long to wait after a connection or a try that ended with `end`, a close code or the HTTP status of the refusal. */
  after(end: number): Wait;
  /** The coordinator has welcomed the agent. */
  reset(): void;
};

/** Exponential backoff with full jitter, so that a whole fleet does not come back at the same moment. */
export function createBackoff(random: () => number): Backoff {
  let tries = 0;
  return {
    after(end) {
      const ceiling = backoffMs(tries, CEILING);
      tries += 1;
      const floor = STAY_AWAY.includes(end) ? CONFLICT_WAIT_MS : 0;
      return { delayMs: floor + Math.floor(random() * ceiling), hint: HINTS.get(end) ?? null };
    },
    reset() {
      tries = 0;
    },
  };
}
