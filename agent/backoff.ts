import { CLOSE, CONFLICT_WAIT_MS } from '../shared/protocol.ts';

/** Ceiling of the first wait; doubles with every try that brought no welcome. */
const FIRST_CEILING_MS = 500;
const LAST_CEILING_MS = 30_000;
const MOST_DOUBLINGS = 16;

const REFUSED = 'the coordinator refuses the token: see SWITCHYARD_TOKEN_FILE';

/** Ends after which an early retry does harm or no good, by close code or HTTP status, and what a person should look at. */
const SLOW_RETRY: ReadonlyMap<number, string> = new Map([
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
      const ceiling = Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** tries);
      tries = Math.min(tries + 1, MOST_DOUBLINGS);
      const hint = SLOW_RETRY.get(end) ?? null;
      return { delayMs: Math.floor(random() * ceiling) + (hint === null ? 0 : CONFLICT_WAIT_MS), hint };
    },
    reset() {
      tries = 0;
    },
  };
}
