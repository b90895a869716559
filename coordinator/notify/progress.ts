import { backoffMs } from '../../shared/time/backoff.ts';
import type { ReceiverState } from '../store/records.ts';

/** The end of a try. `final`: the receiver would refuse the same message again. `message` holds no secret. */
export type Outcome =
  | { kind: 'delivered' }
  | { kind: 'failed'; message: string; final: boolean; retryAfterMs: number | null };

/** A try's result: the new state, and whether the message leaves the outbox. */
export type Step = {
  state: ReceiverState;
  isGone: boolean;
  /** The first message given up since the last delivery. Only this one is reported to people. */
  isNewlyBroken: boolean;
  /** The wait until the next try; null if there is none. */
  waitMs: number | null;
};

/** A message not delivered within this time is given up. */
export const GIVE_UP_MS = 24 * 3_600_000;
const WAITS = { firstMs: 5_000, longestMs: 600_000 };
/** The longest wait that a receiver may ask for. */
const LONGEST_ASKED_MS = 3_600_000;

export const newReceiver = (name: string): ReceiverState => ({
  name,
  sending: null,
  deliveredAt: null,
  failed: null,
  givenUp: 0,
  givenUpAt: null,
});

/** A message was given up, and none was delivered since. */
export const isBroken = ({ givenUpAt, deliveredAt }: Pick<ReceiverState, 'givenUpAt' | 'deliveredAt'>): boolean =>
  givenUpAt !== null && (deliveredAt ?? 0) <= givenUpAt;

/** @param newestAt The time of the message's newest notice. */
export function afterTry(state: ReceiverState, outcome: Outcome, now: number, newestAt: number): Step {
  const { sending } = state;
  if (!sending) throw new Error('nothing was sent');
  if (outcome.kind === 'delivered')
    return {
      state: { ...state, sending: null, deliveredAt: now, failed: null },
      isGone: true,
      isNewlyBroken: false,
      waitMs: null,
    };
  const tries = sending.tries + 1;
  const failed = { at: now, message: outcome.message };
  if (outcome.final || now - newestAt >= GIVE_UP_MS)
    return {
      state: { ...state, sending: null, failed, givenUp: state.givenUp + sending.count, givenUpAt: now },
      isGone: true,
      isNewlyBroken: !isBroken(state),
      waitMs: null,
    };
  const asked = Math.min(outcome.retryAfterMs ?? 0, LONGEST_ASKED_MS);
  return {
    state: { ...state, sending: { ...sending, tries }, failed },
    isGone: false,
    isNewlyBroken: false,
    waitMs: Math.max(asked, backoffMs(tries - 1, WAITS)),
  };
}
