import { backoffMs } from '../../shared/backoff.ts';
import { CLOSE, CONFLICT_WAIT_MS } from '../../shared/protocol.ts';

/** The number of tries since the last welcome. */
const CEILING = { firstMs: 500, longestMs: 30_000 };

const REFUSED =
  'the coordinator refuses the token: see SWITCHYARD_TOKEN_FILE; to enrol again, delete host-token in STATE_DIR and restart the agent';

/** Advice for a person, by close code or HTTP status. */
const HINTS: ReadonlyMap<number, string> = new Map([
  [401, REFUSED],
  [403, REFUSED],
  [
    CLOSE.tokenRevoked,
    'the token was revoked: put the new one where SWITCHYARD_TOKEN_FILE points (if this host enrolled, into host-token in STATE_DIR) and restart the agent',
  ],
  [CLOSE.replaced, 'another connection with this token took over: does the agent run twice?'],
  [
    CLOSE.duplicateAgent,
    'an agent with this token and another state folder is connected: each host needs its own token',
  ],
]);

/**
 * Ends that the coordinator itself caused, after which an early retry does harm or no good. A refused upgrade is not among them:
 * a proxy that is still starting may cause it, and otherwise the waits grow by themselves.
 */
const STAY_AWAY: readonly number[] = [CLOSE.tokenRevoked, CLOSE.replaced, CLOSE.duplicateAgent];

export type Wait = {
  delayMs: number;
  /** What to do about it, if only a person can. */
  hint: string | null;
};

export type Backoff = {
  /** The wait after a connection or a try that ended with `end`, a close code or the refusal's HTTP status. */
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
