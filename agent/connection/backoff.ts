import { backoffMs } from '../../shared/time/backoff.ts';
import { CLOSE, CONFLICT_WAIT_MS } from '../../shared/wire/protocol.ts';

/** The ceiling grows with each round over all coordinators since the last welcome. */
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
    'another agent with this token is connected: each host needs its own token, and a copy of a disk an empty STATE_DIR',
  ],
]);

/**
 * Ends that the coordinator itself caused, after which an early retry does harm or no good. A refused upgrade is not among them:
 * a proxy that is still starting may cause it, and otherwise the waits grow by themselves.
 */
const STAY_AWAY: readonly number[] = [CLOSE.tokenRevoked, CLOSE.replaced, CLOSE.duplicateAgent];

export type Wait = {
  delayMs: number;
  /** The remedy, if only a person can apply it. */
  hint: string | null;
};

/** The status of a coordinator that stands by. Another leads within seconds. */
const STANDBY = 503;
const STANDBY_LONGEST_MS = 10_000;
/** The wait before the next of several coordinators is tried. */
const NEXT_MS = 500;

export type Backoff = {
  /** The wait after a connection or a try that ended with `end`, a close code or the refusal's HTTP status. */
  after(end: number): Wait;
  /** The coordinator has welcomed the agent. */
  reset(): void;
};

/**
 * Exponential backoff with full jitter, so that a whole fleet does not come back at the same moment. It grows only after every
 * coordinator was tried.
 */
export function createBackoff(random: () => number, coordinators = 1): Backoff {
  let rounds = 0;
  let triedInRound = 0;
  /** The rounds, this one included, whose waits stay short. */
  let shortRounds = 0;

  function ceilingAfter(end: number): number {
    // The next round too: a standby that takes the lead answers nothing for a moment.
    if (end === STANDBY) shortRounds = 2;
    triedInRound += 1;
    if (triedInRound < coordinators) return NEXT_MS;
    const longest = shortRounds > 0 ? STANDBY_LONGEST_MS : CEILING.longestMs;
    const ceiling = Math.min(backoffMs(rounds, CEILING), longest);
    rounds += 1;
    triedInRound = 0;
    shortRounds = Math.max(0, shortRounds - 1);
    return ceiling;
  }

  return {
    after(end) {
      const floor = STAY_AWAY.includes(end) ? CONFLICT_WAIT_MS : 0;
      return { delayMs: floor + Math.floor(random() * ceilingAfter(end)), hint: HINTS.get(end) ?? null };
    },
    reset() {
      rounds = 0;
      triedInRound = 0;
      shortRounds = 0;
    },
  };
}
